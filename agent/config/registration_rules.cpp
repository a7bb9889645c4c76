#include <algorithm>
#include <cctype>

#include "agent/config/rules.h"

namespace certconnector::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

bool names_caller(const std::string& entry) {
  constexpr std::string_view kDns = "dns:";
  constexpr std::string_view kSha256 = "sha256:";
  constexpr std::size_t kDigits = 64;
  constexpr std::size_t kMaxName = 253;
  if (entry.compare(0, kDns.size(), kDns) == 0) {
    return entry.size() > kDns.size() && entry.size() <= kDns.size() + kMaxName;
  }
  if (entry.compare(0, kSha256.size(), kSha256) != 0) return false;
  return entry.size() == kSha256.size() + kDigits &&
         std::all_of(entry.begin() + kSha256.size(), entry.end(),
                     [](unsigned char c) { return std::isxdigit(c) != 0; });
}

Complaint read_callers(RegistrationSettings& s, const std::string& value) {
  s.allow = split_list(value);
  for (const std::string& entry : s.allow) {
    if (names_caller(entry)) continue;
    return "has \"" + entry +
           "\"; it takes dns:NAME and sha256: with 64 hex digits, with commas between them";
  }
  return std::nullopt;
}

std::string write_callers(const RegistrationSettings& s) { return join_list(s.allow); }

}  // namespace

const Rules<RegistrationSettings>& registration_rules() {
  using S = RegistrationSettings;
  static const Rules<S> rules{
      text_rule("listen", &S::listen, check_address),
      text_rule("certificate_file", &S::certificate_file, check_path),
      text_rule("key_file", &S::key_file, check_path),
      text_rule("client_ca_file", &S::client_ca_file, check_path),
      {"allow", read_callers, write_callers},
      text_rule("service", &S::service, check_line),
      text_rule("issuing_ca_file", &S::issuing_ca_file, check_path),
      duration_rule("notify_within", &S::notify_within, minutes(1), hours(24)),
  };
  return rules;
}

}  // namespace certconnector::config
