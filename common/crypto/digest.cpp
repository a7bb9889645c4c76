#include "common/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>

#include "common/crypto/message_digest.h"

namespace certconnector::crypto {
namespace {

void digest_into(const EVP_MD* md, ByteView data, std::uint8_t* out) {
  // Fails for want of memory only.
  if (EVP_Digest(data.data(), data.size(), out, nullptr, md, nullptr) != 1) std::abort();
}

}  // namespace

Sha1 sha1(ByteView data) {
  // Fetched once: an implicit fetch costs more than the digest of a certificate.
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  Sha1 out{};
  digest_into(md, data, out.data());
  return out;
}

Sha256 sha256(ByteView data) {
  Sha256 out{};
  digest_into(message_digest(HashAlgorithm::sha256), data, out.data());
  return out;
}

bool equal_secrets(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

Bytes random_bytes(std::size_t count) {
  Bytes out(count);
  if (count > 0 && RAND_bytes_ex(nullptr, out.data(), count, 0) != 1) std::abort();
  return out;
}

}  // namespace certconnector::crypto
