// Which octets stand in JSON for themselves, and which for nothing.
#pragma once

#include <string_view>

namespace certconnector::json {

// Between values and signs (RFC 8259 section 2).
[[nodiscard]] inline bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// ASCII without control characters (DEL is none here, RFC 8259 section 7), quotes and backslashes.
// Costs less than an instruction for each octet.
[[nodiscard]] bool is_plain(std::string_view text);

}  // namespace certconnector::json
