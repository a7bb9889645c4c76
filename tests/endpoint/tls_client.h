// An agent's side of TLS for tests: a blocking HTTPS client on Beast, a new connection for each
// request.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/result/result.h"

namespace certconnector::endpoint::testing {

struct Answer {
  int status = 0;                              // 0: the connection ended before an answer was whole
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string failure;  // what ended the connection
};

struct Identity {
  std::string key_pem;
  std::string certificates_pem;  // the client's own first
};

class TlsClient {
 public:
  // Trusts `ca_pem` alone. `identity` may be empty.
  TlsClient(std::string url, std::string ca_pem, Identity identity)
      : url_(std::move(url)), ca_pem_(std::move(ca_pem)), identity_(std::move(identity)) {}

  [[nodiscard]] Answer post(const std::string& path, const std::string& body) const;
  // Sends `octets` as they are and reads one answer. `limit`: stop reading the body after this many
  // octets.
  [[nodiscard]] Answer send(const std::string& octets, std::size_t limit = 1U << 24U) const;
  // Sends `octets`, calls `meanwhile`, and hangs up without reading.
  void send_and_hang_up(const std::string& octets, const std::function<void()>& meanwhile) const;

  // The SHA-256 digests (hex) of the certificates that the server sends, in order.
  [[nodiscard]] std::vector<std::string> server_chain() const;

  [[nodiscard]] static std::string post_octets(const std::string& path, const std::string& body);

 private:
  std::string url_, ca_pem_;
  Identity identity_;
};

}  // namespace certconnector::endpoint::testing
