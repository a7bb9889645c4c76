#include "agent/config/http_check.h"

namespace certconnector::config {
namespace {

constexpr const char* kHttp = "http";

bool takes_any_port(const std::string& address) {
  return address.size() >= 2 && address.compare(address.size() - 2, 2, ":0") == 0;
}

}  // namespace

void check_http(const HttpSettings& http, const Complain& complain) {
  const bool in_store = !http.certificate_store.empty();
  for (const auto& [key, file] : {std::pair("certificate_file", http.certificate_file),
                                  std::pair("key_file", http.key_file)}) {
    if (http.tls_listen.empty() && !file.empty()) complain(kHttp, key, "needs tls_listen as well");
    if (!http.tls_listen.empty() && file.empty() && !in_store) {
      complain(kHttp, key, "must be set, since tls_listen is");
    }
    if (in_store && !file.empty()) complain(kHttp, key, kOrTheStore);
  }
  if (http.tls_listen.empty() && in_store) {
    complain(kHttp, "certificate_store", "needs tls_listen as well");
  }
  if (!http.tls_listen.empty() && http.tls_listen == http.listen && !takes_any_port(http.listen)) {
    complain(kHttp, "tls_listen", "is the address of listen already");
  }
}

}  // namespace certconnector::config
