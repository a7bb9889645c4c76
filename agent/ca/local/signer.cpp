#include "agent/ca/local/signer.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>

#include "agent/ca/ca_errors.h"

namespace certconnector::ca {
namespace {

Error openssl_failure(const char* doing) {
  return {CaErrc::failure, ErrorKind::transient,
          std::string("the CA's key could not sign: OpenSSL failed at ") + doing};
}

// The digests of crypto::sign(): as strong as the curve.
const char* digest_name(const crypto::PrivateKey& key) {
  constexpr int kP384 = 384;
  if (key.kind() == crypto::KeyKind::rsa || key.bits() < kP384) return "SHA256";
  return key.bits() == kP384 ? "SHA384" : "SHA512";
}

}  // namespace

void Signer::Deleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Signer::Deleter::operator()(evp_pkey_ctx_st* context) const { EVP_PKEY_CTX_free(context); }
void Signer::Deleter::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void Signer::Deleter::operator()(evp_md_st* digest) const { EVP_MD_free(digest); }

Result<Signer> Signer::make(const crypto::PrivateKey& key) {
  Signer made;
  made.key_.reset(EVP_PKEY_dup(key.native()));
  if (!made.key_) {  // a key that lives in hardware cannot be copied: share it
    EVP_PKEY_up_ref(key.native());
    made.key_.reset(key.native());
  }
  made.digest_.reset(EVP_MD_fetch(nullptr, digest_name(key), nullptr));
  made.hashing_.reset(EVP_MD_CTX_new());
  made.signing_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, made.key_.get(), nullptr));
  if (!made.digest_ || !made.hashing_ || !made.signing_) return openssl_failure("setting up");
  if (EVP_PKEY_sign_init(made.signing_.get()) <= 0 ||
      EVP_PKEY_CTX_set_signature_md(made.signing_.get(), made.digest_.get()) <= 0) {
    return openssl_failure("choosing the digest");
  }
  if (key.kind() == crypto::KeyKind::rsa &&
      EVP_PKEY_CTX_set_rsa_padding(made.signing_.get(), RSA_PKCS1_PADDING) <= 0) {
    return openssl_failure("choosing the padding");
  }
  made.signature_.resize(static_cast<std::size_t>(EVP_PKEY_get_size(made.key_.get())));
  return made;
}

Result<ByteView> Signer::sign(ByteView message) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
  unsigned hash_size = 0;
  if (EVP_DigestInit_ex2(hashing_.get(), digest_.get(), nullptr) != 1 ||
      EVP_DigestUpdate(hashing_.get(), message.data(), message.size()) != 1 ||
      EVP_DigestFinal_ex(hashing_.get(), hash.data(), &hash_size) != 1) {
    return openssl_failure("hashing");
  }
  std::size_t size = signature_.size();
  if (EVP_PKEY_sign(signing_.get(), signature_.data(), &size, hash.data(), hash_size) <= 0) {
    return openssl_failure("signing");
  }
  return ByteView(signature_.data(), size);
}

SignerPool::Lent::~Lent() {
  if (!signer_) return;
  const std::lock_guard lock(pool_->mutex_);
  pool_->idle_.push_back(std::move(signer_));
}

Result<SignerPool::Lent> SignerPool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto signer = std::move(idle_.back());
      idle_.pop_back();
      return Lent(*this, std::move(signer));
    }
  }
  CC_TRY_ASSIGN(Signer made, Signer::make(key_));
  return Lent(*this, std::make_unique<Signer>(std::move(made)));
}

}  // namespace certconnector::ca
