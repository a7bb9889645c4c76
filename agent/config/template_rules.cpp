#include <algorithm>
#include <array>

#include "agent/config/rules.h"
#include "common/crypto/pkcs10.h"
#include "common/text/nearest.h"

namespace certconnector::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// RFC 5280 section 4.2.1.12, and Microsoft's smart-card logon.
struct PurposeName {
  std::string_view name;
  std::string_view oid;
};
constexpr std::array<PurposeName, 4> kPurposeNames{{{"serverAuth", "1.3.6.1.5.5.7.3.1"},
                                                    {"clientAuth", "1.3.6.1.5.5.7.3.2"},
                                                    {"emailProtection", "1.3.6.1.5.5.7.3.4"},
                                                    {"smartcardLogon", "1.3.6.1.4.1.311.20.2.2"}}};

constexpr std::array<crypto::GeneralNameKind, 6> kSanKinds{
    crypto::GeneralNameKind::dns, crypto::GeneralNameKind::email,
    crypto::GeneralNameKind::uri, crypto::GeneralNameKind::ip,
    crypto::GeneralNameKind::upn, crypto::GeneralNameKind::directory};

void add_to_list(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

Complaint unknown_name(const std::string& what, const std::string& name,
                       const std::vector<std::string>& known) {
  std::string text = "has the unknown " + what + " \"" + name + "\"";
  const std::string near = text::nearest(name, known);
  if (!near.empty()) return text + "; did you mean " + near + "?";
  text += "; known are ";
  for (std::size_t i = 0; i < known.size(); ++i) text += (i == 0 ? "" : ", ") + known[i];
  return text;
}

bool is_oid(const std::string& text) {
  bool digit_before = false;
  std::size_t dots = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c == '.' && digit_before)) return false;
    if (c == '.') ++dots;
    digit_before = digit;
  }
  return digit_before && dots >= 2 && text.front() <= '2' && text[1] == '.' && text.size() <= 128;
}

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
  s.extended_key_usage.clear();
  std::vector<std::string> known;
  known.reserve(kPurposeNames.size());
  for (const auto& purpose : kPurposeNames) known.emplace_back(purpose.name);
  for (const std::string& name : split_list(value)) {
    const auto* const purpose =
        std::find_if(kPurposeNames.begin(), kPurposeNames.end(),
                     [&](const PurposeName& p) { return p.name == name || p.oid == name; });
    const bool named = purpose != kPurposeNames.end();
    if (!named && !is_oid(name)) return unknown_name("extended key usage", name, known);
    std::string oid = named ? std::string(purpose->oid) : name;
    auto& list = s.extended_key_usage;
    if (std::find(list.begin(), list.end(), oid) != list.end()) return "names " + name + " twice";
    list.push_back(std::move(oid));
  }
  return std::nullopt;
}

std::string write_purposes(const TemplateSettings& s) {
  std::string list;
  for (const std::string& oid : s.extended_key_usage) {
    const auto* const purpose = std::find_if(kPurposeNames.begin(), kPurposeNames.end(),
                                             [&](const PurposeName& p) { return p.oid == oid; });
    add_to_list(list, purpose == kPurposeNames.end() ? std::string_view(oid) : purpose->name);
  }
  return list;
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
