// The hash algorithms of the signatures we make and take.
#pragma once

#include <array>
#include <string>

#include "common/text/bytes.h"

struct evp_md_st;

namespace certconnector::crypto {

enum class HashAlgorithm { sha256, sha384, sha512 };

// OpenSSL's implementation, fetched once for the process; never null.
[[nodiscard]] const evp_md_st* message_digest(HashAlgorithm algorithm);

struct HashValue {
  std::array<std::uint8_t, 64> octets{};
  std::size_t size = 0;
};
[[nodiscard]] HashValue hash(HashAlgorithm algorithm, ByteView message);

}  // namespace certconnector::crypto
