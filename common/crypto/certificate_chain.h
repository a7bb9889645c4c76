// Certificates of a file in the order in which others want them, whatever order the file has.
#pragma once

#include <string>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/result/result.h"

namespace certconnector::crypto {

struct OrderedCertificates {
  std::vector<Certificate> chain;   // the leaf, then each issuer that is there
  std::vector<Certificate> others;  // of nobody's chain; no copies of those in the chain
};

[[nodiscard]] OrderedCertificates order_from(Certificate leaf, std::vector<Certificate> others);
// The leaf is the certificate of the key. Errors: mismatch: none of them is; names them.
[[nodiscard]] Result<OrderedCertificates> order_by_key(std::vector<Certificate> certificates,
                                                       const PrivateKey& key);

// One block after the other.
[[nodiscard]] std::string to_pem(const std::vector<Certificate>& certificates);

}  // namespace certconnector::crypto
