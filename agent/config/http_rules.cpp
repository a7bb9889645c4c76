#include "agent/config/rules.h"
#include "common/net/address/ip_network.h"

namespace certconnector::config {
namespace {

Complaint read_proxies(HttpSettings& s, const std::string& value) {
  s.trusted_proxies = split_list(value);
  for (const std::string& proxy : s.trusted_proxies) {
    const auto network = net::IpNetwork::parse(proxy);
    if (!network.ok()) return "has what it cannot take: " + network.error().message();
  }
  return std::nullopt;
}

std::string write_proxies(const HttpSettings& s) { return join_list(s.trusted_proxies); }

}  // namespace

const Rules<HttpSettings>& http_rules() {
  using S = HttpSettings;
  static const Rules<S> rules{
      text_rule("listen", &S::listen, check_address),
      text_rule("tls_listen", &S::tls_listen, check_address),
      text_rule("certificate_file", &S::certificate_file, check_path),
      text_rule("key_file", &S::key_file, check_path),
      text_rule("certificate_store", &S::certificate_store, check_store_certificate),
      size_rule("memory", &S::memory, 16ULL << 20U, 64ULL << 30U),
      count_rule("max_connections", &S::max_connections, 16, 65536),
      {"trusted_proxies", read_proxies, write_proxies},
      count_rule("requests_per_minute", &S::requests_per_minute, 0, 10000000),
      count_rule("challenge_failures_per_hour", &S::challenge_failures_per_hour, 0, 1000000),
  };
  return rules;
}

}  // namespace certconnector::config
