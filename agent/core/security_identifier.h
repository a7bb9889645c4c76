// The forms in which a certificate or request carries the SID for strong mapping (KB5014754).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/general_name.h"
#include "common/text/bytes.h"

namespace certconnector::core {

inline constexpr std::string_view kSidUriPrefix = "tag:microsoft.com,2022-09-14:sid:";

// "S-1-5-21-...": S-1 and 2 to 15 decimal numbers, at most 184 characters; [MS-DTYP] section
// 2.4.2.1.
[[nodiscard]] bool is_security_identifier(std::string_view text);

// The value of extension 1.3.6.1.4.1.311.25.2: SEQUENCE { [0] { OID 1.3.6.1.4.1.311.25.2.1, [0] {
// OCTET STRING } } }. `sid` is at most 184 characters.
[[nodiscard]] Bytes encode_security_identifier(std::string_view sid);
// The SID in such a value; nothing when it has another form.
[[nodiscard]] std::optional<std::string> parse_security_identifier(ByteView extension_value);
// The SID of a subject alternative name URI, upper-case "S"; nothing when it is another URI.
[[nodiscard]] std::optional<std::string_view> sid_of_uri(std::string_view uri);
// The SID of a subject alternative name: such a URI, or an otherName 1.3.6.1.4.1.311.25.2.1.
// "unreadable", which is no SID, for an otherName of another form. Nothing when it is another name.
[[nodiscard]] std::optional<std::string> sid_of_name(const crypto::GeneralName& name);

}  // namespace certconnector::core
