// Keys in PEM files: the key source for `file:` references.
#pragma once

#include <string>

#include "agent/core/ports/key_source.h"

namespace certconnector::platform {

// Thread-safe; holds no key after a call.
class FileKeySource final : public core::KeySource {
 public:
  // "file:/path/key.pem", not encrypted, mode 0600 or stricter; at most 64 KiB.
  Result<crypto::PrivateKey> open(std::string_view reference) override;
  Result<crypto::PrivateKey> create(std::string_view reference,
                                    const crypto::KeySpec& spec) override;
};

}  // namespace certconnector::platform
