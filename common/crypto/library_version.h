#pragma once

#include <string>

namespace certconnector::crypto {

// "OpenSSL 3.0.15 3 Sep 2024": of the library that is loaded.
[[nodiscard]] std::string openssl_version();

}  // namespace certconnector::crypto
