// One connection of a client, for one request after the other.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

#include "common/http/client.h"
#include "common/http/tls_context.h"

namespace certconnector::http {

using Endpoints = boost::asio::ip::tcp::resolver::results_type;

struct ExchangeLimits {
  std::chrono::steady_clock::time_point deadline;
  std::size_t octets;  // of the answer's body
  StopToken stop;
};
[[nodiscard]] ExchangeLimits limits_from_now(const FetchLimits& limits);

enum class AfterAnswer { close, keep };

// One thread at a time. Calls block, within the limits.
// Errors: no_answer and untrusted, transient. After one the connection is of no use.
class ClientConnection {
 public:
  virtual ~ClientConnection() = default;
  // Once, before all else; with the handshake of TLS.
  virtual Status open(const Endpoints& endpoints, const ExchangeLimits& limits) = 0;
  virtual Result<Response> exchange(const Request& request, const ExchangeLimits& limits,
                                    AfterAnswer after) = 0;
  // Whether another exchange may follow: both sides kept it after the last one.
  [[nodiscard]] virtual bool is_kept() const = 0;
};

// `context`: null without TLS.
[[nodiscard]] std::unique_ptr<ClientConnection> make_client_connection(const Peer& peer,
                                                                       TlsContext context);

// Of the peer's address. A name's resolution takes what the system gives it. Errors: no_answer.
[[nodiscard]] Result<Endpoints> resolve(const std::string& address, std::uint16_t port);
// Nothing for a name.
[[nodiscard]] std::optional<Endpoints> endpoints_of_ip(const std::string& address,
                                                       std::uint16_t port);

}  // namespace certconnector::http
