#include <algorithm>
#include <array>

#include "agent/config/purposes.h"
#include "agent/config/rules.h"
#include "common/crypto/pkcs10.h"

namespace certconnector::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<crypto::GeneralNameKind, 6> kSanKinds{
    crypto::GeneralNameKind::dns, crypto::GeneralNameKind::email,
    crypto::GeneralNameKind::uri, crypto::GeneralNameKind::ip,
    crypto::GeneralNameKind::upn, crypto::GeneralNameKind::directory};

Complaint read_key_usage(TemplateSettings& s, const std::string& value) {
  s.key_usage = 0;
  constexpr unsigned kForCas = crypto::kKeyCertSign | crypto::kCrlSign;
  std::vector<std::string> known;
  for (const std::string_view name : crypto::key_usage_names(0x1FF)) known.emplace_back(name);
  for (const std::string& name : split_list(value)) {
    const auto bit = crypto::key_usage_from_name(name);
    if (!bit) return unknown_name("key usage", name, known);
    if ((*bit & kForCas) != 0) return "must not have " + name + ", which is for CAs";
    s.key_usage = static_cast<std::uint16_t>(s.key_usage | *bit);
  }
  if (s.key_usage == 0) return "needs at least one key usage, for example digitalSignature";
  return std::nullopt;
}

std::string write_key_usage(const TemplateSettings& s) {
  std::string list;
  for (const std::string_view name : crypto::key_usage_names(s.key_usage)) add_to_list(list, name);
  return list;
}

Complaint read_purposes(TemplateSettings& s, const std::string& value) {
  return read_purpose_list(value, s.extended_key_usage);
}

std::string write_purposes(const TemplateSettings& s) {
  return write_purpose_list(s.extended_key_usage);
}

Complaint read_san_kinds(TemplateSettings& s, const std::string& value) {
  s.san_kinds.clear();
  std::vector<std::string> known;
  known.reserve(kSanKinds.size());
  for (const auto kind : kSanKinds) known.emplace_back(to_string(kind));
  for (const std::string& name : split_list(value)) {
    const auto* const kind = std::find_if(kSanKinds.begin(), kSanKinds.end(),
                                          [&](auto k) { return to_string(k) == name; });
    if (kind == kSanKinds.end()) return unknown_name("kind of name", name, known);
    if (std::find(s.san_kinds.begin(), s.san_kinds.end(), *kind) != s.san_kinds.end()) {
      return "names " + name + " twice";
    }
    s.san_kinds.push_back(*kind);
  }
  return std::nullopt;
}

std::string write_san_kinds(const TemplateSettings& s) {
  std::string list;
  for (const auto kind : s.san_kinds) add_to_list(list, to_string(kind));
  return list;
}

}  // namespace

const Rules<TemplateSettings>& template_rules() {
  using S = TemplateSettings;
  static const Rules<S> rules{
      text_rule("ca", &S::ca, check_line),
      duration_rule("validity", &S::validity, minutes(1), hours(24 * 3650)),
      duration_rule("backdate", &S::backdate, seconds(0), hours(48)),
      {"key_usage", read_key_usage, write_key_usage},
      {"extended_key_usage", read_purposes, write_purposes},
      {"san_kinds", read_san_kinds, write_san_kinds},
      choice_rule("min_rsa", &S::min_rsa,
                  Choices<int>{{"2048", 2048}, {"3072", 3072}, {"4096", 4096}, {"8192", 8192}}),
      choice_rule("min_ec", &S::min_ec, Choices<int>{{"256", 256}, {"384", 384}, {"521", 521}}),
      choice_rule("unknown_extensions", &S::refuse_unknown_extensions,
                  Choices<bool>{{"leave-out", false}, {"refuse", true}}),
      choice_rule("usages", &S::exact_usages, Choices<bool>{{"cut", false}, {"exact", true}}),
      yes_no_rule("requester_validity", &S::requester_validity),
      yes_no_rule("approval", &S::approval),
      text_rule("crl_url", &S::crl_url, check_http_url),
      text_rule("aia_url", &S::aia_url, check_http_url),
  };
  return rules;
}

}  // namespace certconnector::config
