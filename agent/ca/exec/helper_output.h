// The certificate in a helper's answer.
#pragma once

#include <string>

#include "common/crypto/certificate.h"

namespace certconnector::ca {

// `output`: certificates in PEM, or a certs-only PKCS#7 in PEM. A chain may come with the issued
// certificate, in any order: chosen is the one of this key (SubjectPublicKeyInfo; empty: not
// known), else the first one that is not a CA certificate. Errors, permanent.
[[nodiscard]] Result<crypto::Certificate> issued_certificate(const std::string& output,
                                                             ByteView public_key_info);

}  // namespace certconnector::ca
