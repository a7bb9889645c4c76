// Distinguished names: the DER of RFC 5280 section 4.1.2.4 and the text of RFC 4514.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::crypto {

struct NameAttribute {
  std::string oid;    // dotted
  std::string value;  // UTF-8, whatever string type the DER had
  friend bool operator==(const NameAttribute& a, const NameAttribute& b) {
    return a.oid == b.oid && a.value == b.value;
  }
};

using RelativeName = std::vector<NameAttribute>;  // a multi-valued RDN has more than one
using DistinguishedName =
    std::vector<RelativeName>;  // in DER order: the most significant RDN first

[[nodiscard]] Result<DistinguishedName> parse_name(ByteView der);
// RFC 4514 as people write it: "CN=dev1,O=Test" (least significant RDN first, so the reverse of the
// DER). Knows the names of attribute_types.h and dotted OIDs.
// Strict escapes.
[[nodiscard]] Result<DistinguishedName> parse_rfc4514(std::string_view text);
[[nodiscard]] std::string to_rfc4514(const DistinguishedName& name);
// The same of a DER Name, for a person; empty for one that cannot be read.
[[nodiscard]] std::string name_for_people(ByteView der);
// In the string types of attribute_rules.h; UTF8String for text that they cannot hold, which
// issuable_name() refuses.
[[nodiscard]] Bytes encode_name(const DistinguishedName& name);

}  // namespace certconnector::crypto
