// The system's roots as OpenSSL's file and folder of them.
#pragma once

#include <string>

#include "common/crypto/system_trust.h"

namespace certconnector::crypto {

// `file`: PEM; `folder`: names by c_rehash. One of the two may be missing. Errors: unsupported:
// both are, or the file has none.
[[nodiscard]] Result<std::shared_ptr<const SystemTrust>> bundle_trust(const std::string& file,
                                                                      const std::string& folder);

}  // namespace certconnector::crypto
