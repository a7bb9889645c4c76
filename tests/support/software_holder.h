// A key of OpenSSL's behind the port of keys that another place holds, which never see it.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <atomic>
#include <utility>

#include "common/crypto/errors.h"
#include "common/crypto/key_handle.h"
#include "common/crypto/remote_key.h"

namespace certconnector::testing {

class SoftwareHolder final : public crypto::RemoteKey {
 public:
  SoftwareHolder(crypto::PrivateKey key, bool knows_pss)
      : key_(std::move(key)), knows_pss_(knows_pss) {}

  Result<Bytes> sign(crypto::HashAlgorithm algorithm, ByteView hash,
                     crypto::RsaPadding padding) const override {
    ++asked;
    last_padding = padding;
    const crypto::KeyContextHandle context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key_.native(), nullptr));
    bool good = !fails && EVP_PKEY_sign_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(algorithm)) == 1;
    if (padding == crypto::RsaPadding::pss) {
      good = good && EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.native())));
    std::size_t size = signature.size();
    if (!good ||
        EVP_PKEY_sign(context.get(), signature.data(), &size, hash.data(), hash.size()) != 1) {
      return Error(crypto::CryptoErrc::failure, ErrorKind::transient, "the token was pulled out");
    }
    signature.resize(size);
    return signature;
  }
  [[nodiscard]] bool knows_pss() const override { return knows_pss_; }

  mutable std::atomic<int> asked{0};
  mutable std::atomic<crypto::RsaPadding> last_padding{crypto::RsaPadding::pkcs1};
  std::atomic<bool> fails{false};

 private:
  crypto::PrivateKey key_;
  bool knows_pss_;
};

}  // namespace certconnector::testing
