// The ASN.1 string types of names and attributes, X.680 section 41 and RFC 5280 section 4.1.2.4, as
// UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::crypto {

// UTF8String, PrintableString, NumericString, IA5String, VisibleString, T61String (read as Latin-1,
// which is what programs write), BMPString and UniversalString. Nothing for another tag, text that
// the type does not allow, and U+0000, which has been used to cut names short. PrintableString
// takes all of printable ASCII: '@', '*' and '_' are common there.
[[nodiscard]] std::optional<std::string> decode_string(std::uint8_t tag, ByteView value);

// Well-formed UTF-8 (RFC 3629) without U+0000.
[[nodiscard]] bool is_text(std::string_view utf8);
// Of well-formed UTF-8.
[[nodiscard]] std::size_t characters_of(std::string_view utf8);
// The first character that ends a line, changes the direction of the text or has no form at all
// (C0, DEL, C1, U+2028, U+2029, bidirectional embeddings, overrides and isolates), as "U+000A".
[[nodiscard]] std::optional<std::string> control_character(std::string_view utf8);
// For a message: the first 80 octets, misleading characters (common/text/characters.h) as
// "<U+000A>".
[[nodiscard]] std::string shown_text(std::string_view utf8);
[[nodiscard]] bool is_ascii(std::string_view text);             // 0x01 to 0x7F
[[nodiscard]] bool is_printable_string(std::string_view text);  // X.680 section 41.4, to the letter

}  // namespace certconnector::crypto
