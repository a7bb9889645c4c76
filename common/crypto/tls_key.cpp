#include "common/crypto/tls_key.h"

#include <openssl/ssl.h>

#include "common/crypto/remote_key.h"

namespace certconnector::crypto {
namespace {

// TLS 1.3 signs with PSS alone, and TLS 1.2 would prefer it.
bool leave_pss_out(SSL_CTX* context) {
  return SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set1_client_sigalgs_list(context, "RSA+SHA256:RSA+SHA384:RSA+SHA512") == 1 &&
         SSL_CTX_set1_sigalgs_list(context,
                                   "RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA256:ECDSA+SHA384:"
                                   "ECDSA+SHA512") == 1;
}

}  // namespace

bool use_tls_key(SSL_CTX* context, const PrivateKey& key) {
  if (!knows_pss(key) && !leave_pss_out(context)) return false;
  return SSL_CTX_use_PrivateKey(context, key.native()) == 1 &&
         SSL_CTX_check_private_key(context) == 1;
}

}  // namespace certconnector::crypto
