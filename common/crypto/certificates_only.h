// A CMS SignedData that only carries certificates, RFC 5652 section 5.2: the "certs-only" PKCS#7.
#pragma once

#include <vector>

#include "common/crypto/certificate.h"

namespace certconnector::crypto {

// Its certificates in their order, at least one. DER or BER; a signer may be there and is not
// verified. Errors, permanent: malformed.
[[nodiscard]] Result<std::vector<Certificate>> read_certificates_only(ByteView message);

}  // namespace certconnector::crypto
