// Comparing what is written in ASCII without regard to letter case, whatever the process's locale.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::text {

// A to Z become a to z; every other octet stays.
[[nodiscard]] char to_lower(char c) noexcept;
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace certconnector::text
