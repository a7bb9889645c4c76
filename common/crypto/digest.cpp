#include "common/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>

#include "common/crypto/message_digest.h"

namespace certconnector::crypto {
namespace {

template <typename Digest>
Digest digest(HashAlgorithm algorithm, ByteView data) {
  const HashValue value = hash(algorithm, data);
  Digest out{};
  std::copy_n(value.octets.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

Sha1 sha1(ByteView data) { return digest<Sha1>(HashAlgorithm::sha1, data); }

Sha256 sha256(ByteView data) { return digest<Sha256>(HashAlgorithm::sha256, data); }

bool equal_secrets(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

Bytes random_bytes(std::size_t count) {
  Bytes out(count);
  if (count > 0 && RAND_bytes_ex(nullptr, out.data(), count, 0) != 1) std::abort();
  return out;
}

}  // namespace certconnector::crypto
