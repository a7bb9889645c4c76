// The fields of a device's PKCS#10 request that must match a challenge. By the plain OpenSSL API,
// on purpose nothing of common/crypto.
#pragma once

#include <string>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::endpoint {

struct DeviceRequest {
  std::string challenge;  // a secret; empty: it carries none
  std::string key_kind;   // "rsa", "ec"; empty: another
  int key_bits = 0;
  std::string key_sha256;  // of the DER SubjectPublicKeyInfo, hex
};

// Errors: malformed, refused; as parse_client_request().
[[nodiscard]] Result<DeviceRequest> read_device_request(ByteView pkcs10);

}  // namespace certconnector::endpoint
