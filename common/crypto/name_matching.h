// When two names are the same: RFC 5280 section 7.1, with Unicode NFC and case folding
// (packaging/doc/adr/0053-names-compare-by-nfc-and-case-folding.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/general_name.h"
#include "common/crypto/name.h"

namespace certconnector::crypto {

// Which rule keeps the text from being compared, a predicate that follows it in a sentence: "has
// more than 30 combining marks in a row; ...". Nothing: none. Ordering such rows costs the square
// of their length. The forms below leave such text as it is. `utf8` is well-formed.
[[nodiscard]] std::optional<std::string> broken_matching_rule(std::string_view utf8);

// One spelling for texts that mean the same: NFC, case folded, without blanks at the ends, and with
// one blank for several. Not the compatibility forms, under which other letters become equal. For
// comparisons alone: nobody prints or stores it. `utf8` is well-formed.
[[nodiscard]] std::string matching_form(std::string_view utf8);

// The same for each value of a name; the attributes of a relative name as a set. The order of the
// relative names counts.
[[nodiscard]] DistinguishedName matching_form(const DistinguishedName& name);

// The same for an alternative name. A name that cannot be read stays as it is and so matches
// nothing. A user principal name compares as Active Directory does: without regard to case, letter
// by letter.
[[nodiscard]] GeneralName matching_form(GeneralName name);

// One spelling for texts that some program takes for the same, or that look the same: also NFKC,
// without characters that nobody sees. For equality that denies, never for one that authorizes.
[[nodiscard]] std::string widest_form(std::string_view utf8);
[[nodiscard]] DistinguishedName widest_form(const DistinguishedName& name);

[[nodiscard]] bool same_name(const DistinguishedName& a, const DistinguishedName& b);

}  // namespace certconnector::crypto
