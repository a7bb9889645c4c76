// Public keys in PEM as administrators get them.
#pragma once

#include <string>

#include "common/crypto/key.h"
#include "common/text/base64.h"

namespace certconnector::enrollment::testing {

[[nodiscard]] inline std::string pem_of(const std::string& label, ByteView content) {
  return "-----BEGIN " + label + "-----\n" + text::to_base64(content) + "\n-----END " + label +
         "-----\n";
}

[[nodiscard]] inline std::string public_key_pem(const crypto::PrivateKey& key) {
  return pem_of("PUBLIC KEY", key.public_key_info());
}

}  // namespace certconnector::enrollment::testing
