#include "common/crypto/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/public_key.h"

namespace certconnector::crypto {
namespace {

constexpr std::size_t kMaxKeyPem = std::size_t{64} * 1024;

struct PassphraseRequest {
  std::string_view passphrase;
  bool asked = false;
};

// pem_password_cb: never prompts; -1 says that there is none.
int give_passphrase(char* buffer, int size, int /*writing*/, void* user) {
  auto* request = static_cast<PassphraseRequest*>(user);
  request->asked = true;
  const std::string_view passphrase = request->passphrase;
  if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, passphrase.data(), passphrase.size());
  return static_cast<int>(passphrase.size());
}

Error unsupported_size() {
  return {CryptoErrc::unsupported, ErrorKind::permanent,
          "keys are RSA of 2048 to 8192 bits or EC of 256, 384 or 521 bits"};
}

const char* curve_name(int bits) {
  switch (bits) {
    case 256:
      return "P-256";
    case 384:
      return "P-384";
    case 521:
      return "P-521";
    default:
      return nullptr;
  }
}

Bytes encode_public_key(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Error pem_error(const PassphraseRequest& request) {
  ERR_clear_error();
  if (!request.asked) {
    return {CryptoErrc::malformed, ErrorKind::permanent,
            "there is no PEM private key that can be read"};
  }
  return {CryptoErrc::wrong_passphrase, ErrorKind::permanent,
          request.passphrase.empty() ? "the private key is encrypted, and no passphrase was given"
                                     : "the passphrase does not open the private key"};
}

}  // namespace

PrivateKey::PrivateKey(evp_pkey_st* key) {
  auto state = std::make_shared<State>();
  state->key.reset(key);
  state->kind = EVP_PKEY_is_a(key, "RSA") == 1 ? KeyKind::rsa : KeyKind::ec;
  if (state->kind == KeyKind::ec) {
    // A key file may ask for compressed points, which many programs do not read.
    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
  }
  state->bits = EVP_PKEY_get_bits(key);
  state->public_key_info = encode_public_key(key);
  state_ = std::move(state);
}

Result<PrivateKey> PrivateKey::generate(const KeySpec& spec) {
  EVP_PKEY* key = nullptr;
  if (spec.kind == KeyKind::rsa) {
    if (spec.bits < kMinRsaBits || spec.bits > kMaxRsaBits) return unsupported_size();
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(spec.bits));
  } else {
    const char* curve = curve_name(spec.bits);
    if (curve == nullptr) return unsupported_size();
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
  }
  if (key == nullptr) return openssl_failure("generating a key");
  return PrivateKey(key);
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::string_view passphrase) {
  if (pem.size() > kMaxKeyPem) {
    return Error(CryptoErrc::malformed, ErrorKind::permanent, "a key file is at most 65536 octets");
  }
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return openssl_failure("reading a key");
  PassphraseRequest request{passphrase};
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &request));
  if (!key) return pem_error(request);
  ERR_clear_error();
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1 && EVP_PKEY_is_a(key.get(), "EC") != 1) {
    return unsupported_size();
  }
  PrivateKey result(key.release());
  // The limits of public keys hold for ours as well.
  CC_TRY(PublicKey::from_info(result.public_key_info()));
  return result;
}

Result<std::string> PrivateKey::to_pkcs8_pem() const {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), native(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
    return openssl_failure("writing a private key");
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

PrivateKey PrivateKey::copy() const {
  EVP_PKEY* const copied = EVP_PKEY_dup(native());
  if (copied != nullptr) return PrivateKey(copied);
  ERR_clear_error();
  return *this;
}

const Bytes& PrivateKey::public_key_info() const { return state_->public_key_info; }
KeyKind PrivateKey::kind() const { return state_->kind; }
int PrivateKey::bits() const { return state_->bits; }

Result<Signer> Signer::create(const PrivateKey& key) {
  return create(key, hash_for_key(key.kind(), key.bits()));
}

Result<Signer> Signer::create(const PrivateKey& key, HashAlgorithm hash) {
  Signer signer(key, hash);
  signer.context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.native(), nullptr));
  EVP_PKEY_CTX* const context = signer.context_.get();
  const EVP_MD* const md = message_digest(hash);
  const int max_size = EVP_PKEY_get_size(key.native());
  // RSA's default padding is PKCS#1 v1.5.
  if (context == nullptr || max_size <= 0 || EVP_PKEY_sign_init(context) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context, md) != 1) {
    return openssl_failure("preparing to sign");
  }
  signer.max_size_ = static_cast<std::size_t>(max_size);
  return signer;
}

Result<Bytes> Signer::sign(ByteView message) { return sign_hash(hash(hash_, message)); }

Result<Bytes> Signer::sign_hash(const HashValue& digest) {
  Bytes signature(max_size_);
  std::size_t size = signature.size();
  if (EVP_PKEY_sign(context_.get(), signature.data(), &size, digest.octets.data(), digest.size) !=
      1) {
    return openssl_failure("signing");
  }
  signature.resize(size);
  return signature;
}

Result<Bytes> sign(const PrivateKey& key, ByteView message) {
  CC_TRY_ASSIGN(Signer signer, Signer::create(key));
  return signer.sign(message);
}

Result<Bytes> signature_algorithm(const PrivateKey& key) {
  return encode_signature_algorithm(key.kind(), hash_for_key(key.kind(), key.bits()));
}

}  // namespace certconnector::crypto
