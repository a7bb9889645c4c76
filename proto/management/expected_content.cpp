#include "proto/management/expected_content.h"

#include "common/crypto/pkcs10.h"

namespace certconnector::management {
namespace {

using json::Field;
using json::TextRule;

constexpr TextRule kAlternativeName = {1, 2048};
constexpr TextRule kSid = {7, 184};
constexpr std::size_t kMaxNames = 100;
constexpr std::size_t kMaxUsages = 50;

// Whether `text` is parts of 1 to `max_digits` digits with `separator` between them.
bool is_numbers(std::string_view text, char separator, std::size_t max_digits,
                std::size_t min_parts, std::size_t max_parts) {
  std::size_t digits = 0;
  std::size_t parts = 1;
  for (const char c : text) {
    if (c == separator) {
      if (digits == 0) return false;
      digits = 0;
      ++parts;
    } else if (c < '0' || c > '9' || ++digits > max_digits) {
      return false;
    }
  }
  return digits > 0 && parts >= min_parts && parts <= max_parts;
}

// MS-DTYP section 2.4.2.1: "S-1-", the authority, and 1 to 14 more numbers.
bool is_sid(std::string_view text) {
  return text.substr(0, 4) == "S-1-" && is_numbers(text.substr(4), '-', 20, 2, 15);
}

bool is_oid(std::string_view text) {
  return text.size() <= 128 && is_numbers(text, '.', 39, 2, 32);
}

std::optional<std::vector<crypto::GeneralName>> read_names(const Field& field) {
  using Kind = crypto::GeneralNameKind;
  const auto items = field.array(0, kMaxNames);
  if (!items) return std::nullopt;
  std::vector<crypto::GeneralName> names;
  names.reserve(items->size());
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto item = (*items)[i].object();
    if (!item) continue;
    crypto::GeneralName name;
    name.kind = item->required("type")
                    .choice<Kind>({{"dns", Kind::dns},
                                   {"email", Kind::email},
                                   {"uri", Kind::uri},
                                   {"ip", Kind::ip},
                                   {"upn", Kind::upn},
                                   {"directory", Kind::directory}})
                    .value_or(Kind::dns);
    name.value = item->required("value").text(kAlternativeName).value_or("");
    item->refuse_others();
    names.push_back(std::move(name));
  }
  return names;
}

std::optional<std::uint16_t> read_key_usage(const Field& field) {
  const auto items = field.array(0, 9);
  if (!items) return std::nullopt;
  std::uint16_t mask = 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Field item = (*items)[i];
    const auto name = item.text({1, 32});
    if (!name) continue;
    const auto bit = crypto::key_usage_from_name(*name);
    if (!bit) item.problem("is no key usage of RFC 5280 section 4.2.1.3");
    mask = static_cast<std::uint16_t>(mask | bit.value_or(0));
  }
  return mask;
}

std::optional<std::vector<std::string>> read_oids(const Field& field) {
  const auto items = field.array(0, kMaxUsages);
  if (!items) return std::nullopt;
  std::vector<std::string> oids;
  oids.reserve(items->size());
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Field item = (*items)[i];
    auto oid = item.text({3, 128});
    if (oid && !is_oid(*oid)) item.problem("is not an OID such as 1.3.6.1.5.5.7.3.2");
    if (oid) oids.push_back(std::move(*oid));
  }
  return oids;
}

}  // namespace

ExpectedContent read_expected(const Field& field) {
  ExpectedContent expected;
  auto reader = field.object();
  if (!reader) return expected;
  expected.subject = reader->optional("subject").text(kDistinguishedName);
  expected.subject_alt_names = read_names(reader->optional("subject_alt_names"));
  expected.key_usage = read_key_usage(reader->optional("key_usage"));
  expected.extended_key_usage = read_oids(reader->optional("extended_key_usage"));
  reader->refuse_others();
  return expected;
}

std::optional<std::string> read_sid(const Field& field) {
  auto sid = field.text(kSid);
  if (sid && !is_sid(*sid)) field.problem("is not a SID such as S-1-5-21-1-2-3-1001");
  return sid;
}

}  // namespace certconnector::management
