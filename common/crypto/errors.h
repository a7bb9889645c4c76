#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::crypto {

enum class CryptoErrc {
  malformed,         // not the structure it claims to be, or not DER
  unsupported,       // an algorithm, curve or version we do not take
  weak,              // key too small
  weak_signature,    // a signature with MD5 or SHA-1
  bad_signature,     // does not verify under its own key
  wrong_passphrase,  // PKCS#12 or an encrypted key
  not_decryptable,   // not for this key, or changed on the way; the code hides which
  mismatch,          // key and certificate do not belong together
  failure            // OpenSSL failed without a fault of the input
};

[[nodiscard]] ErrorCode error_code(CryptoErrc errc);

[[nodiscard]] Error not_decryptable();
// "the distinguished name <what>"; of DER as of RFC 4514 text.
[[nodiscard]] Error malformed_name(std::string what);

}  // namespace certconnector::crypto
