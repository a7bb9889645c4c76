// SHA-256 and randomness of the endpoint's own: it shares no code with what it checks.
#pragma once

#include <string>
#include <string_view>

#include "common/text/bytes.h"

namespace certconnector::endpoint {

[[nodiscard]] std::string sha256_hex(ByteView data);
[[nodiscard]] inline std::string sha256_hex(std::string_view text) {
  return sha256_hex(as_bytes(text));
}
// Aborts when the operating system has no randomness.
[[nodiscard]] Bytes random_octets(std::size_t count);
// 43 characters of base64url for 32 random octets.
[[nodiscard]] std::string random_secret();
// RFC 9562 version 4.
[[nodiscard]] std::string random_uuid();
// RFC 4648 section 5, without padding.
[[nodiscard]] std::string to_base64url(ByteView bytes);

}  // namespace certconnector::endpoint
