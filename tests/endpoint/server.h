// A listener and its HTTP/1.1 sessions, over TLS or plain. Everything runs on the io_context's one
// thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "tests/endpoint/http_message.h"

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
}  // namespace boost::asio

namespace certconnector::endpoint {

struct ServerLimits {
  std::size_t max_body = std::size_t{4} * 1024 * 1024;
  std::size_t max_connections = 1000;
  Duration io_timeout = std::chrono::seconds(60);  // for a handshake, a request, an answer
  Duration idle_timeout = std::chrono::seconds(180);
};

class Server {
 public:
  virtual ~Server() = default;
  [[nodiscard]] virtual std::string host() const = 0;
  [[nodiscard]] virtual unsigned port() const = 0;
  // Accepts no more; idle connections end now, others when their request is answered.
  virtual void stop() = 0;
};

// `address` is HOST:PORT or [V6]:PORT; port 0 takes a free one. `tls` may be null for plain HTTP.
// `io`, `handler` and the server must outlive every run of `io`. Accepts from the next run of `io`
// on.
[[nodiscard]] Result<std::unique_ptr<Server>> make_server(
    boost::asio::io_context& io, const std::string& address,
    std::shared_ptr<boost::asio::ssl::context> tls, Handler& handler, const ServerLimits& limits);

}  // namespace certconnector::endpoint
