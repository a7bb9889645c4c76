// Characters of UTF-8 text, and those of them that a reader does not see as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certconnector::text {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  // octets; 0: not UTF-8
};

// The first one of a text that is not empty. RFC 3629: no overlong forms, no surrogates.
[[nodiscard]] Character first_character(std::string_view text);

// What steers a terminal or misleads a reader: control characters (C0, DEL, C1), line separators,
// characters that change the writing direction, and characters without a width.
[[nodiscard]] bool is_misleading(char32_t code);

// As JSON writes it: "\u009b", above U+FFFF two escapes.
void append_json_escape(std::string& out, char32_t code);
// Escapes misleading characters, and octets that are not UTF-8. Line breaks too: "\n" becomes the
// two characters.
[[nodiscard]] std::string visible_text(std::string_view unsafe);
// JSON without misleading characters. Line breaks and tabs between its values stay.
[[nodiscard]] std::string visible_json(std::string_view json);

}  // namespace certconnector::text
