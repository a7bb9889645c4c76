#include <algorithm>
#include <cctype>

#include "agent/config/purposes.h"
#include "agent/config/rules.h"
#include "common/net/address/host_port.h"
#include "common/net/address/url.h"

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

Complaint read_renewal_purposes(RegistrationSettings& s, const std::string& value) {
  if (auto wrong = read_purpose_list(value, s.renewal_extended_key_usage)) return wrong;
  if (!s.renewal_extended_key_usage.empty()) return std::nullopt;
  return "needs at least one extended key usage, for example clientAuth";
}

std::string write_renewal_purposes(const RegistrationSettings& s) {
  return write_purpose_list(s.renewal_extended_key_usage);
}

Complaint read_extensions(RegistrationSettings& s, const std::string& value) {
  return read_oid_list(value, s.allowed_extensions);
}

std::string write_extensions(const RegistrationSettings& s) {
  return join_list(s.allowed_extensions);
}

Complaint read_attributes(RegistrationSettings& s, const std::string& value) {
  return read_oid_list(value, s.allowed_attributes);
}

std::string write_attributes(const RegistrationSettings& s) {
  return join_list(s.allowed_attributes);
}

Complaint read_crl_hosts(RegistrationSettings& s, const std::string& value) {
  s.crl_hosts = split_list(value);
  for (const std::string& entry : s.crl_hosts) {
    if (entry.find("://") != std::string::npos) {
      return "has the URL \"" + entry + "\"; it takes HOST and HOST:PORT, with commas between them";
    }
    const auto host = net::parse_host_port(entry);
    if (!host.ok()) {
      return "has \"" + entry + "\", which " + host.error().message() +
             "; it takes HOST and HOST:PORT, with commas between them";
    }
  }
  return std::nullopt;
}

std::string write_crl_hosts(const RegistrationSettings& s) { return join_list(s.crl_hosts); }

Complaint check_plain_http_url(const std::string& value) {
  if (value.empty()) return std::nullopt;
  const auto url = net::parse_url(value);
  if (url.ok() && url->origin.scheme == net::Scheme::http && url->fragment.empty()) {
    return std::nullopt;
  }
  return "must be an http URL, for example http://pki.example.com/issuing.crl: a CRL is signed, "
         "and "
         "RFC 5280 has it fetched without TLS";
}

}  // namespace

const Rules<RegistrationSettings>& registration_rules() {
  using S = RegistrationSettings;
  static const Rules<S> rules{
      text_rule("listen", &S::listen, check_address),
      text_rule("certificate_file", &S::certificate_file, check_path),
      text_rule("key_file", &S::key_file, check_path),
      text_rule("certificate_store", &S::certificate_store, check_store_certificate),
      text_rule("client_ca_file", &S::client_ca_file, check_path),
      {"allow", read_callers, write_callers},
      text_rule("service", &S::service, check_line),
      text_rule("issuing_ca_file", &S::issuing_ca_file, check_path),
      {"renewal_extended_key_usage", read_renewal_purposes, write_renewal_purposes},
      {"crl_hosts", read_crl_hosts, write_crl_hosts},
      text_rule("crl_url", &S::crl_url, check_plain_http_url),
      text_rule("crl_file", &S::crl_file, check_path),
      yes_no_rule("delta_crls", &S::delta_crls),
      choice_rule("unknown_revocation", &S::allow_unknown_revocation,
                  Choices<bool>{{"refuse", false}, {"allow", true}}),
      {"allowed_extensions", read_extensions, write_extensions},
      {"allowed_attributes", read_attributes, write_attributes},
      duration_rule("longest_validity", &S::longest_validity, std::chrono::seconds(0),
                    hours(24 * 3650)),
      duration_rule("notify_within", &S::notify_within, minutes(1), hours(24)),
  };
  return rules;
}

}  // namespace certconnector::config
