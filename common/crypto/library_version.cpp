#include "common/crypto/library_version.h"

#include <openssl/crypto.h>

namespace certconnector::crypto {

std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace certconnector::crypto
