// Makes text of other systems safe for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "common/text/characters.h"

namespace certconnector::cli {

[[nodiscard]] inline std::string safe(std::string_view unsafe) {
  return text::visible_text(unsafe);
}

// The same for text of several lines: line breaks stay.
[[nodiscard]] std::string safe_lines(std::string_view text);

// How many columns UTF-8 text takes, one for each character.
[[nodiscard]] std::size_t columns(std::string_view text);

// Cut to `width` columns, with "..." at the end where something is missing.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

// Safe text in lines of at most `width` columns, broken at blanks; each line but the first begins
// with `indent` blanks. A word that is longer stays whole: it may be a path or a command to copy.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t first_column,
                                  std::size_t indent, std::size_t width);

}  // namespace certconnector::cli
