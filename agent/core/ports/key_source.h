// The key source port: private keys by reference. References look like "file:/path/key.pem".
#pragma once

#include <string_view>

#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::core {

class KeySource {
 public:
  virtual ~KeySource() = default;
  // Errors: permanent (no such key, unreadable, permissions too open: the message says what to
  // run).
  virtual Result<crypto::PrivateKey> open(std::string_view reference) = 0;
  // Makes a key and stores it durably, mode 0600; refuses to replace one.
  virtual Result<crypto::PrivateKey> create(std::string_view reference,
                                            const crypto::KeySpec& spec) = 0;
};

}  // namespace certconnector::core
