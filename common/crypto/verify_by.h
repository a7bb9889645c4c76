// A verification of X.509 with other anchors than those of its context.
#pragma once

#include <openssl/x509.h>

namespace certconnector::crypto {

// Verifies what `verification` has, with its parameters (host, purpose, time), by `anchors` alone.
// `issuers`: others than the peer sent; may be null. Gives X509_V_OK or the reason, and sets it in
// `verification`.
[[nodiscard]] int verify_by(X509_STORE* anchors, const STACK_OF(X509) * issuers,
                            X509_STORE_CTX* verification);

}  // namespace certconnector::crypto
