// Any text as one word for a POSIX shell, in a command that a person copies.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::text {

// Quoted only where necessary.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace certconnector::text
