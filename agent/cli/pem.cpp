#include "agent/cli/pem.h"

#include <algorithm>

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

}  // namespace certconnector::cli
