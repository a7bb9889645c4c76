// A private key in a context of TLS, of a client or a server.
#pragma once

#include "common/crypto/key.h"

struct ssl_ctx_st;

namespace certconnector::crypto {

// After the certificate. An RSA key whose holder knows no PSS is for TLS 1.2 with PKCS#1 v1.5
// alone, and the context is limited to that. False: OpenSSL does not take it, or it is another
// certificate's; OpenSSL's queue has the reason.
[[nodiscard]] bool use_tls_key(ssl_ctx_st* context, const PrivateKey& key);

}  // namespace certconnector::crypto
