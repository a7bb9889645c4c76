#include "agent/cli/pem.h"

#include <algorithm>

#include "common/text/base64.h"
#include "common/text/bytes.h"

namespace certconnector::cli {

std::string certificate_pem(std::string_view base64) {
  constexpr std::size_t kLine = 64;  // RFC 7468 section 2
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  while (!base64.empty()) {
    pem.append(base64.substr(0, kLine)).append("\n");
    base64.remove_prefix(std::min(kLine, base64.size()));
  }
  return pem + "-----END CERTIFICATE-----\n";
}

std::string certificates_as_pem(const std::string& content) {
  constexpr char kSequence = 0x30;
  const bool is_der = !content.empty() && content.front() == kSequence &&
                      content.find("-----BEGIN ") == std::string::npos;
  return is_der ? certificate_pem(text::to_base64(as_bytes(content))) : content;
}

}  // namespace certconnector::cli
