// One connection of the server. Beast stays inside this folder's .cpp files and this header.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "common/http/message.h"
#include "common/http/reply_gate.h"
#include "common/http/server.h"
#include "common/http/tls_context.h"

namespace certconnector::http {

// Sockets of one io_context and its one thread: no type-erased executor, no strand.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

// Lives as long as an operation of it is under way or an answer is waited for. All on the server's
// thread.
class Session {
 public:
  virtual ~Session() = default;
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Session(Session&&) = delete;
  Session& operator=(Session&&) = delete;

  virtual void run() = 0;
  virtual void close() = 0;
  // As close(), for want of room. Without TLS the server first answers 503 to a client that has
  // begun a request, if the kernel takes it at once.
  virtual void cut() = 0;
  // The answer to the request of this number; ignored unless that one waits.
  virtual void answer(std::uint64_t number, Response response) = 0;
};

// The place of one connection among those of its server. Destroyed when the connection is over, or
// never came to be.
class ConnectionPlace {
 public:
  virtual ~ConnectionPlace() = default;
  ConnectionPlace() = default;
  ConnectionPlace(const ConnectionPlace&) = delete;
  ConnectionPlace& operator=(const ConnectionPlace&) = delete;
  ConnectionPlace(ConnectionPlace&&) = delete;
  ConnectionPlace& operator=(ConnectionPlace&&) = delete;

  // The connection now holds `octets` in memory. May cut() this one or others.
  virtual void hold(std::size_t octets) = 0;
  // An answer is owed: the connection is not cut until wait().
  virtual void owe() = 0;
  virtual void wait() = 0;
};

// The sessions of a server share these; all outlive them.
struct SessionSettings {
  const ServerSettings& server;
  Handler& handler;
  log::Logger& log;
  ReplyGate& gate;
};

struct Connection {
  Socket socket;
  std::uint64_t id = 0;
  std::string peer;  // address of the client
  TlsContext tls;    // null: plain
  std::unique_ptr<ConnectionPlace> place;
};

// Socket buffers: the kernel charges their octets to the service as well. A SCEP message of usual
// size fits; a large CRL goes at 64 KiB a round trip.
inline constexpr int kReceiveBuffer = 32 * 1024;
inline constexpr int kSendBuffer = 64 * 1024;
// The kernel takes twice what it is asked for.
inline constexpr std::size_t kKernelOctets = 2UL * (kReceiveBuffer + kSendBuffer);

// The cost of a connection without a request, for its whole life: its socket and timers;
// over TLS, also before the handshake, the buffers for records and OpenSSL's state.
inline constexpr std::size_t kPlainConnectionOctets = 3UL * 1024;
inline constexpr std::size_t kTlsConnectionOctets = 75UL * 1024;

// Throws what its libraries throw: no memory, an SSL_CTX that makes no SSL.
[[nodiscard]] std::shared_ptr<Session> make_session(Connection connection,
                                                    const SessionSettings& settings);

}  // namespace certconnector::http
