#pragma once

#include <array>
#include <cstdint>

#include "common/text/bytes.h"

namespace certconnector::crypto {

using Sha1 = std::array<std::uint8_t, 20>;  // thumbprints only, never a signature
using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha1 sha1(ByteView data);
[[nodiscard]] Sha256 sha256(ByteView data);
// Compares in constant time for inputs of one length.
[[nodiscard]] bool equal_secrets(ByteView a, ByteView b);
// From the operating system's generator, seeded by OpenSSL; aborts when there is no randomness.
[[nodiscard]] Bytes random_bytes(std::size_t count);

template <std::size_t N>
[[nodiscard]] ByteView view(const std::array<std::uint8_t, N>& a) {
  return {a.data(), N};
}

}  // namespace certconnector::crypto
