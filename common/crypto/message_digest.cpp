#include "common/crypto/message_digest.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "common/crypto/kept_by_thread.h"

namespace certconnector::crypto {
namespace {

const EVP_MD* fetch(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  if (md == nullptr) std::abort();  // an OpenSSL without them is unusable
  return md;
}

struct KnownHash {
  HashAlgorithm hash;
  std::string_view oid;
  std::string_view rsa_oid;
};

// In the order of the enumerators.
constexpr std::array<KnownHash, 4> kHashes{{
    {HashAlgorithm::sha256, "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11"},
    {HashAlgorithm::sha384, "2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12"},
    {HashAlgorithm::sha512, "2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13"},
    {HashAlgorithm::sha1, "1.3.14.3.2.26", "1.2.840.113549.1.1.5"},
}};

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const KnownHash& known(HashAlgorithm algorithm) {
  return kHashes.at(static_cast<std::size_t>(algorithm));
}

}  // namespace

std::string_view hash_oid(HashAlgorithm algorithm) { return known(algorithm).oid; }

std::string_view rsa_signature_oid(HashAlgorithm algorithm) { return known(algorithm).rsa_oid; }

std::optional<HashAlgorithm> hash_from_oid(std::string_view oid) {
  for (const KnownHash& hash : kHashes) {
    if (hash.oid == oid) return hash.hash;
  }
  return std::nullopt;
}

const evp_md_st* message_digest(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = fetch("SHA256");
  static const EVP_MD* const sha384 = fetch("SHA384");
  static const EVP_MD* const sha512 = fetch("SHA512");
  static const EVP_MD* const sha1 = fetch("SHA1");
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return sha256;
    case HashAlgorithm::sha384:
      return sha384;
    case HashAlgorithm::sha512:
      return sha512;
    case HashAlgorithm::sha1:
      return sha1;
  }
  return sha256;
}

HashValue hash(HashAlgorithm algorithm, ByteView message) {
  // Making one anew costs as much as a block of the message.
  using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
  static const KeptByThread<Context> kContext;
  const Context& context = kContext.get([] { return Context(EVP_MD_CTX_new()); });
  HashValue value;
  unsigned size = 0;
  // Fails for want of memory only.
  if (!context || EVP_DigestInit_ex(context.get(), message_digest(algorithm), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), message.data(), message.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), value.octets.data(), &size) != 1) {
    std::abort();
  }
  value.size = size;
  return value;
}

void RunningHash::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

// The calls of OpenSSL fail for want of memory only.
RunningHash::RunningHash(HashAlgorithm algorithm) : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), message_digest(algorithm), nullptr) != 1) {
    std::abort();
  }
}

void RunningHash::add(ByteView piece) {
  if (EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) != 1) std::abort();
}

HashValue RunningHash::finish() {
  HashValue value;
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), value.octets.data(), &size) != 1) std::abort();
  value.size = size;
  return value;
}

}  // namespace certconnector::crypto
