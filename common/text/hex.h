// Hexadecimal, lower case, without separators.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::text {

[[nodiscard]] std::string to_hex(ByteView bytes);
// Accepts both cases; nothing for an odd length or any other character.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view hex);

}  // namespace certconnector::text
