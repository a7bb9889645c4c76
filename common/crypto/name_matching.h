// When two names are the same: RFC 5280 section 7.1, with Unicode NFC and case folding
// (packaging/doc/adr/0053-names-compare-by-nfc-and-case-folding.md).
#pragma once

#include <string>
#include <string_view>

#include "common/crypto/name.h"

namespace certconnector::crypto {

// One spelling for texts that mean the same: NFC, case folded, without blanks at the ends, and with
// one blank for several. Not the compatibility forms, under which other letters become equal. For
// comparisons alone: nobody prints or stores it. `utf8` is well-formed.
[[nodiscard]] std::string matching_form(std::string_view utf8);

// The same for each value of a name; the attributes of a relative name as a set. The order of the
// relative names counts.
[[nodiscard]] DistinguishedName matching_form(const DistinguishedName& name);

[[nodiscard]] bool same_name(const DistinguishedName& a, const DistinguishedName& b);

}  // namespace certconnector::crypto
