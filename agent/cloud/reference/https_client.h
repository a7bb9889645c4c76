// HTTPS POST to one endpoint. The only header that stands for cpprestsdk; nothing of it shows here.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/cloud/reference/identity.h"
#include "agent/cloud/reference/tls_setup.h"
#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"
#include "proto/management/origin.h"

namespace certconnector::cloud {

struct HttpsSettings {
  net::Origin origin;
  std::optional<Proxy> proxy;
  std::size_t max_answer = std::size_t{16} * 1024 * 1024;  // octets of a body
  std::size_t max_headers = std::size_t{64} * 1024;        // octets of an answer's headers
  Duration longest_timeout{120000};                        // of any request to come
};

struct HttpsAnswer {
  int status = 0;
  std::string body;
  std::string content_type;
  std::string retry_after;  // as sent; empty: no such header
  std::string date;
  Bytes pinned_ca;  // DER of the CA that was pinned, when one was
};

// Keeps a few connections open, one request on each at a time, so that a long poll holds up nothing
// else. Redirects are not followed, compression is not asked for. Thread-safe.
class HttpsClient {
 public:
  HttpsClient(HttpsSettings settings, std::shared_ptr<const TlsSetup> tls);
  ~HttpsClient();
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  // Blocks until the whole answer is there, whatever its status, or `timeout` has passed, or
  // `stop`. A kept connection that the endpoint had closed is replaced and the request sent once
  // more: requests must be idempotent. Errors: CloudErrc, kinds as told there; the body is never
  // quoted.
  [[nodiscard]] Result<HttpsAnswer> post(const std::string& path, const std::string& body,
                                         Duration timeout, const StopToken& stop);

  // For requests from now on; those in flight finish with the old credentials.
  void use(std::shared_ptr<const TlsSetup> tls);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace certconnector::cloud
