#include "common/crypto/message_digest.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace certconnector::crypto {
namespace {

const EVP_MD* fetch(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  if (md == nullptr) std::abort();  // an OpenSSL without SHA-2 serves nobody
  return md;
}

}  // namespace

const evp_md_st* message_digest(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = fetch("SHA256");
  static const EVP_MD* const sha384 = fetch("SHA384");
  static const EVP_MD* const sha512 = fetch("SHA512");
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return sha256;
    case HashAlgorithm::sha384:
      return sha384;
    case HashAlgorithm::sha512:
      return sha512;
  }
  return sha256;
}

HashValue hash(HashAlgorithm algorithm, ByteView message) {
  HashValue value;
  unsigned size = 0;
  // Fails for want of memory only.
  if (EVP_Digest(message.data(), message.size(), value.octets.data(), &size,
                 message_digest(algorithm), nullptr) != 1) {
    std::abort();
  }
  value.size = size;
  return value;
}

}  // namespace certconnector::crypto
