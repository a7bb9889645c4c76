// HTTPS requests to one server: a management cloud or a CA. cpprestsdk carries them; this header
// hides it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/net/address/url.h"
#include "common/net/credentials.h"
#include "common/net/https_message.h"
#include "common/net/system_proxy.h"
#include "common/net/tls_setup.h"
#include "common/net/token_source.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::net {

struct HttpsSettings {
  Origin origin;  // https
  std::optional<Proxy> proxy = std::nullopt;
  std::shared_ptr<SystemProxy> system_proxy = nullptr;  // in place of it: asked for each connection
  std::shared_ptr<TokenSource> tokens = nullptr;        // null: the service needs no token
  std::string server = "the server";                    // its name in our messages
  std::size_t max_answer = std::size_t{16} * 1024 * 1024;  // octets of a body
  std::size_t max_headers = std::size_t{64} * 1024;        // octets of an answer's headers
};

// Keeps a few connections open, one request on each at a time, so that a long poll delays no other
// request. Follows no redirects and asks for no compression. Thread-safe.
class HttpsClient {
 public:
  HttpsClient(HttpsSettings settings, std::shared_ptr<const TlsSetup> tls);
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  // Blocks until the whole answer is there, whatever its status, or `timeout` has passed, or
  // `stop`. `timeout` is one deadline for everything: tokens, looking up the name, the proxy, the
  // handshake, sending, the answer, and a second attempt. Only name look-ups can outlast it, by a
  // second at most. Requests must be idempotent. Where the server had closed a kept connection, the
  // client opens another one and sends the request once more. After a 401 to a token it sends the
  // request once with a new token. Errors: NetErrc, with the kinds named there, or the token
  // source's or the system proxy's; they never quote bodies or tokens. A look for the system's
  // proxy can outlast the deadline by the seconds that it takes.
  [[nodiscard]] Result<HttpsAnswer> send(const HttpsRequest& request, Duration timeout,
                                         const StopToken& stop);

  // For requests from now on; those in flight finish with the old credentials.
  void use(std::shared_ptr<const TlsSetup> tls);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certconnector::net
