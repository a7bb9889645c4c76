// Names from DER and from text, and general names: what was read must survive being written and
// read again.
#include <cstdlib>
#include <string>

#include "common/crypto/general_name.h"
#include "common/crypto/issuable_name.h"
#include "common/crypto/name.h"
#include "common/crypto/name_matching.h"

namespace {

using certconnector::ByteView;
using namespace certconnector::crypto;  // NOLINT(google-build-using-namespace): one file

void require(bool condition) {
  if (!condition) std::abort();
}

void check_round_trip(const DistinguishedName& name) {
  const std::string text = to_rfc4514(name);
  require(text.find('\n') == std::string::npos);
  // The text of a very long name is longer than what people may type.
  if (text.size() > 16000) return;
  const auto again = parse_rfc4514(text);
  require(again.ok() && *again == name);
}

void check_matching(const DistinguishedName& name) {
  const DistinguishedName form = matching_form(name);
  require(form.size() == name.size() && same_name(name, form) && same_name(form, name));
  require(matching_form(form) == form);
  // Names that are the same stay the same where a form is wider: what is denied under one spelling
  // is denied under each.
  const DistinguishedName widest = widest_form(name);
  require(widest_form(form) == widest && widest_form(widest) == widest);
}

void check_der(ByteView der) {
  const auto name = parse_name(der);
  if (!name.ok()) return;
  check_round_trip(*name);
  check_matching(*name);
  const auto encoded = parse_name(encode_name(*name));
  require(encoded.ok() && encoded->size() == name->size());
}

// What we issue is right: it reads as the same, and is not encoded anew again.
void check_issuable(ByteView der) {
  const auto name = issuable_name(der);
  if (name.ok()) {
    const auto again = issuable_name(*name);
    require(again.ok() && *again == *name);
    require(parse_name(*name)->size() == parse_name(der)->size());
  }
  const auto names = issuable_alternative_names(der, {});
  if (!names.ok()) return;
  const auto again = issuable_alternative_names(names->der, {});
  require(again.ok() && again->der == names->der && names->as_they_are.empty());
  require(parse_general_names(names->der)->size() == parse_general_names(der)->size());
}

void check_text(std::string_view text) {
  const auto name = parse_rfc4514(text);
  if (name.ok()) check_round_trip(*name);
}

void check_general_names(ByteView der) {
  const auto names = parse_general_names(der);
  if (!names.ok()) return;
  for (const GeneralName& name : *names) {
    require(!name.value.empty() || name.kind == GeneralNameKind::directory);
    const auto same = canonical(name);
    // A directory name of other string types, or too long to be typed, need not be written the same
    // way.
    if (name.kind != GeneralNameKind::directory) require(same.ok() && *same == name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  check_der(input);
  check_general_names(input);
  check_issuable(input);
  check_text(certconnector::as_text(input));
  return 0;
}
