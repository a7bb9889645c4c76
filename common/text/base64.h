// Base64, RFC 4648 section 4: padded, no line breaks. Strict: what decodes encodes back to itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::text {

[[nodiscard]] std::string to_base64(ByteView bytes);
// Nothing for other characters, wrong padding or padding bits that are not zero.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view base64);

}  // namespace certconnector::text
