// An HTTP/1.1 server, plain or over TLS: CRLs and CA certificates (RFC 5280 sections 4.2.1.13 and
// 4.2.2.1 want them on plain HTTP), SCEP, metrics.
//
// A server has one thread. Every read and write has a time limit. Headers, bodies and connections
// are capped, and the server refuses ambiguous messages (RFC 9112 section 6.3). Only the handler
// decides how long an answer may take.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/crypto/key.h"
#include "common/http/message.h"
#include "common/log/log.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::http {

struct TlsSettings {
  std::string certificate_chain;  // PEM: the server's certificate, then its issuers
  std::string key;                // PEM, not encrypted; a secret
  // PEM: clients must show a certificate from one of these CAs. Without a value they are never
  // asked for one: being asked breaks SCEP renewal on macOS.
  std::optional<std::string> client_cas = std::nullopt;
  // In place of `key`: one that another place holds.
  std::optional<crypto::PrivateKey> held_key = std::nullopt;
};

struct ServerSettings {
  std::string listen = "127.0.0.1:0";  // "ADDRESS:PORT", "[::1]:8080"; port 0 takes a free one
  std::optional<TlsSettings> tls = std::nullopt;  // without: plain HTTP
  // The memory of all connections, handshakes and requests together, in octets; one client, an IPv4
  // address or an IPv6 /64, gets three quarters of it. ConnectionBudget says which connections it
  // cuts beyond, session.h has the cost of a connection.
  std::size_t memory = 96UL * 1024 * 1024;
  // At once; beyond, the one that waits for its client longest is cut, or the new one while all
  // others are owed an answer. One client gets three quarters. Each takes a file descriptor.
  std::size_t max_connections = 8192;
  // Called on the server's thread when much less is held than before: for giving memory back to the
  // system.
  std::function<void()> memory_freed = nullptr;
  std::size_t max_header = 72UL * 1024;
  std::size_t max_body = 64UL * 1024;
  Duration idle_timeout{
      15000};  // from the last answer, or from connecting, to the end of the next header
  Duration transfer_timeout{30000};   // to read a body; to write an answer
  Duration handshake_timeout{10000};  // TLS
};

// How many connections, each without a request, a listener has room for in that memory.
[[nodiscard]] std::size_t connections_in(std::size_t memory, bool tls);

// Whether a listener could use it. Errors: bad_tls.
[[nodiscard]] Status check_tls(const TlsSettings& settings);

enum class HttpErrc {
  bad_address,    // permanent: not ADDRESS:PORT
  cannot_listen,  // transient: in use, or not up yet; permanent: not ours to take
  low_port,       // permanent: a port below 1024, which takes a privilege
  bad_tls,        // permanent: certificate, key or CA certificates that cannot be used
  untrusted,      // transient: the certificate of a peer that was asked
  no_answer       // of a peer that was asked
};
[[nodiscard]] ErrorCode error_code(HttpErrc errc);

class Listener;

class Server {
 public:
  // Listens and serves at once. `handler` and `log` outlive the server. Errors: bad_address,
  // cannot_listen, low_port, bad_tls.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const ServerSettings& settings,
                                                             Handler& handler, log::Logger& log);
  // Closes every connection and joins the thread.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) = delete;
  Server& operator=(Server&&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  // For connections from now on; those that are open keep theirs. Thread-safe. Errors: bad_tls,
  // also for a server that was started without TLS; the settings before stay.
  Status replace_tls(const TlsSettings& settings);

 private:
  explicit Server(std::unique_ptr<Listener> listener);

  std::unique_ptr<Listener> listener_;
};

}  // namespace certconnector::http
