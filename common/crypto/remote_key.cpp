#include "common/crypto/remote_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/public_key.h"
#include "common/crypto/remote_key_provider.h"

namespace certconnector::crypto {
namespace {

// A separate library context: elsewhere nobody gets a key of ours who did not ask for it. Lives
// as long as the process, as OpenSSL's providers do. Null where OpenSSL does not take it.
OSSL_LIB_CTX* remote_context() {
  static OSSL_LIB_CTX* const context = [] {
    OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
    // The default one encodes public keys.
    const bool good =
        made != nullptr &&
        OSSL_PROVIDER_add_builtin(made, kRemoteProvider, start_remote_key_provider) == 1 &&
        OSSL_PROVIDER_load(made, kRemoteProvider) != nullptr &&
        OSSL_PROVIDER_load(made, "default") != nullptr;
    return good ? made : nullptr;
  }();
  return context;
}

using SignaturePtr = std::unique_ptr<ECDSA_SIG, OpensslDeleter<ECDSA_SIG_free>>;

}  // namespace

Result<PrivateKey> use_remote_key(ByteView public_key_info, std::shared_ptr<const RemoteKey> key) {
  CC_TRY_ASSIGN(const PublicKey published, PublicKey::from_info(public_key_info));
  RemoteKeyData data;
  const KeyContextHandle with_key = published.context();
  if (!with_key) return openssl_failure("reading a public key");
  EVP_PKEY* const public_key = EVP_PKEY_CTX_get0_pkey(with_key.get());
  EVP_PKEY_up_ref(public_key);
  data.public_key.reset(public_key);
  data.remote = std::move(key);
  const KeyContextHandle context(
      EVP_PKEY_CTX_new_from_name(remote_context(), published.kind() == KeyKind::rsa ? "RSA" : "EC",
                                 "provider=certconnector-remote-keys"));
  void* at = &data;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_ptr(kRemoteKeyParameter, &at, sizeof data),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (remote_context() == nullptr || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR,
                        const_cast<OSSL_PARAM*>(&parameters[0])) != 1) {
    return openssl_failure("taking a key that another place holds");
  }
  return PrivateKey(made);
}

bool knows_pss(const PrivateKey& key) {
  if (key.kind() != KeyKind::rsa) return true;
  int knows = 1;
  if (EVP_PKEY_get_int_param(key.native(), kKnowsPssParameter, &knows) != 1) ERR_clear_error();
  return knows != 0;
}

Result<Bytes> ecdsa_in_der(ByteView r_and_s) {
  if (r_and_s.empty() || r_and_s.size() % 2 != 0) {
    return Error(CryptoErrc::malformed, ErrorKind::permanent, "an ECDSA signature is r and s");
  }
  const int size = static_cast<int>(r_and_s.size() / 2);
  const SignaturePtr signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(r_and_s.data(), size, nullptr);
  BIGNUM* s = BN_bin2bn(r_and_s.data() + size, size, nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return openssl_failure("reading a signature");
  }
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &der);
  if (length <= 0) return openssl_failure("writing a signature");
  Bytes out(der, der + length);
  OPENSSL_free(der);
  return out;
}

}  // namespace certconnector::crypto
