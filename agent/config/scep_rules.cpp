#include "agent/config/purposes.h"
#include "agent/config/rules.h"
#include "common/crypto/issuable_name.h"
#include "common/crypto/name.h"

namespace certconnector::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Complaint check_subject(const std::string& value) {
  if (value.empty()) return std::nullopt;
  const auto name = crypto::parse_rfc4514(value);
  if (!name.ok()) {
    return "must be a name of RFC 4514, for example CN=SCEP RA,O=Example: " +
           name.error().message();
  }
  const auto issuable = crypto::issuable_name(crypto::encode_name(*name));
  if (issuable.ok()) return std::nullopt;
  return "must be a subject that a certificate can hold: " + issuable.error().message();
}

Complaint read_previous_cas(ScepSettings& s, const std::string& value) {
  s.previous_ca = split_list(value);
  return std::nullopt;
}

std::string write_previous_cas(const ScepSettings& s) { return join_list(s.previous_ca); }

}  // namespace

const Rules<ScepSettings>& scep_rules() {
  using S = ScepSettings;
  static const Rules<S> rules{
      text_rule("ca", &S::ca, check_line),
      text_rule("path", &S::path, check_url_path),
      text_rule("short_path", &S::short_path, check_url_path),
      text_rule("template", &S::template_name, check_line),
      text_rule("signature_template", &S::signature_template, check_line),
      text_rule("encryption_template", &S::encryption_template, check_line),
      text_rule("general_template", &S::general_template, check_line),
      text_rule("template_oid", &S::template_oid, check_oid),
      text_rule("signature_template_oid", &S::signature_template_oid, check_oid),
      text_rule("encryption_template_oid", &S::encryption_template_oid, check_oid),
      text_rule("general_template_oid", &S::general_template_oid, check_oid),
      choice_rule("challenge", &S::challenge,
                  Choices<ScepChallenge>{{"one-time", ScepChallenge::one_time},
                                         {"signed", ScepChallenge::signed_by_endpoint},
                                         {"endpoint", ScepChallenge::asked_of_endpoint},
                                         {"static", ScepChallenge::fixed}}),
      text_rule("challenge_file", &S::challenge_file, check_path),
      text_rule("challenge_keys_file", &S::challenge_keys_file, check_path),
      text_rule("challenge_issuer", &S::challenge_issuer, check_line),
      duration_rule("challenge_clock_skew", &S::challenge_clock_skew, seconds(0), minutes(10)),
      count_rule("password_max", &S::password_max, 0, 10000),
      duration_rule("password_validity", &S::password_validity, minutes(1),
                    kLongestPasswordValidity),
      count_rule("password_length", &S::password_length, 8, 64),
      choice_rule("report", &S::report,
                  Choices<ScepReport>{{"by-challenge", ScepReport::by_challenge},
                                      {"yes", ScepReport::yes},
                                      {"no", ScepReport::no}}),
      yes_no_rule("deliver_after_report", &S::deliver_after_report),
      duration_rule("answer_within", &S::answer_within, seconds(0), minutes(2)),
      yes_no_rule("renewal", &S::renewal),
      duration_rule("renewal_window", &S::renewal_window, minutes(1), hours(24 * 3650)),
      count_rule("renewals_in_force", &S::renewals_in_force, 2, 1000),
      count_rule("renewals_a_day", &S::renewals_a_day, 1, 10000),
      yes_no_rule("revoke_superseded", &S::revoke_superseded),
      duration_rule("supersede_after", &S::supersede_after, hours(1), hours(24 * 365)),
      {"previous_ca", read_previous_cas, write_previous_cas},
      text_rule("next_ca_file", &S::next_ca_file, check_path),
      text_rule("ra_subject", &S::ra_subject, check_subject),
      text_rule("ra_template", &S::ra_template, check_line),
      choice_rule("ra_key", &S::ra_key,
                  Choices<int>{{"2048", 2048}, {"3072", 3072}, {"4096", 4096}}),
      duration_rule("ra_validity", &S::ra_validity, minutes(10), hours(24 * 3650)),
      yes_no_rule("ra_separate", &S::ra_separate),
      yes_no_rule("allow_sha1", &S::allow_sha1),
      yes_no_rule("allow_triple_des", &S::allow_triple_des),
      yes_no_rule("allow_insecure_des", &S::allow_insecure_des),
      yes_no_rule("ndes_failures", &S::ndes_failures),
      yes_no_rule("foreign_signer", &S::foreign_signer),
  };
  return rules;
}

}  // namespace certconnector::config
