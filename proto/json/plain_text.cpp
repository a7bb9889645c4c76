#include "proto/json/plain_text.h"

#include <cstdint>

namespace certconnector::json {

// Without a branch for each octet, so that the compiler looks at many at once.
bool is_plain(std::string_view text) {
  unsigned other = 0;
  for (const char c : text) {
    const auto octet = static_cast<std::uint8_t>(c);
    other |= static_cast<unsigned>(octet < 0x20) | static_cast<unsigned>(octet >= 0x80) |
             static_cast<unsigned>(octet == '"') | static_cast<unsigned>(octet == '\\');
  }
  return other == 0;
}

}  // namespace certconnector::json
