// The certificates that a CA gave as a chain of the issuing CA.
#pragma once

#include <vector>

#include "common/crypto/certificate.h"

namespace certconnector::ca {

// From the issuing CA's certificate up. certmonger's helpers name the root first, then the other
// ones of its chain and other trusted ones; a helper may as well name the issuing CA first. So the
// issuing CA is the lowest one below the first CA certificate. Errors, permanent: there is no CA
// certificate, or two are lowest.
[[nodiscard]] Result<std::vector<crypto::Certificate>> chain_of_roots(
    const std::vector<crypto::Certificate>& roots);

}  // namespace certconnector::ca
