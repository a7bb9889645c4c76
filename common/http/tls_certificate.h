// A certificate and its key in OpenSSL's hands: a listener's own, or a client's.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "common/crypto/certificate.h"
#include "common/crypto/key.h"
#include "common/crypto/openssl_ptr.h"
#include "common/result/result.h"

namespace certconnector::http {

[[nodiscard]] crypto::X509Ptr to_x509(const crypto::Certificate& certificate);

// `chain`: PEM, the key's own certificate and its issuers, in any order; `key`: PEM, not encrypted.
// Each may stand among other blocks.
// Errors: bad_tls, also for a key of another certificate.
[[nodiscard]] Status use_certificate(SSL_CTX* context, const std::string& chain,
                                     const std::string& key);
[[nodiscard]] Status use_certificate(SSL_CTX* context, const std::string& chain,
                                     const crypto::PrivateKey& key);

// HttpErrc::bad_tls with OpenSSL's reason, which is taken off its queue.
[[nodiscard]] Error refused_by_openssl(const std::string& what);

}  // namespace certconnector::http
