// Signing by the provider of remote keys: OpenSSL hashes, the holder of the key signs.
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/openssl_ptr.h"
#include "common/crypto/remote_key_provider.h"

namespace certconnector::crypto {
namespace {

using HashContext = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD, OpensslDeleter<EVP_MD_free>>;

struct Signing {
  KeyHandle public_key;
  std::shared_ptr<const RemoteKey> remote;
  HashAlgorithm hash = HashAlgorithm::sha256;
  RsaPadding padding = RsaPadding::pkcs1;
  HashContext running;
};

Signing& signing_of(void* context) { return *static_cast<Signing*>(context); }

// "SHA2-256" or any other of its names.
std::optional<HashAlgorithm> hash_of_name(const char* name) {
  const DigestPtr digest(EVP_MD_fetch(nullptr, name, nullptr));
  if (!digest) return std::nullopt;
  for (const auto& [known, algorithm] :
       {std::pair{"SHA256", HashAlgorithm::sha256}, std::pair{"SHA384", HashAlgorithm::sha384},
        std::pair{"SHA512", HashAlgorithm::sha512}, std::pair{"SHA1", HashAlgorithm::sha1}}) {
    if (EVP_MD_is_a(digest.get(), known) == 1) return algorithm;
  }
  return std::nullopt;
}

void* make_signing(void* /*provider*/, const char* /*properties*/) {
  return new (std::nothrow) Signing;
}
void free_signing(void* context) { delete static_cast<Signing*>(context); }

void* copy_signing(void* context) {
  const Signing& from = signing_of(context);
  auto copy = std::unique_ptr<Signing>(new (std::nothrow) Signing);
  if (!copy) return nullptr;
  EVP_PKEY_up_ref(from.public_key.get());
  copy->public_key.reset(from.public_key.get());
  copy->remote = from.remote;
  copy->hash = from.hash;
  copy->padding = from.padding;
  if (from.running) {
    copy->running.reset(EVP_MD_CTX_new());
    if (EVP_MD_CTX_copy_ex(copy->running.get(), from.running.get()) != 1) return nullptr;
  }
  return copy.release();
}

// Of a parameter that may be a text or a number.
std::string text_of(const OSSL_PARAM* parameter) {
  int number = 0;
  if (OSSL_PARAM_get_int(parameter, &number) == 1) return std::to_string(number);
  const char* text = nullptr;
  if (OSSL_PARAM_get_utf8_string_ptr(parameter, &text) == 1 && text != nullptr) return text;
  return {};
}

bool take_hash(Signing& signing, const std::string& name) {
  const auto hash = hash_of_name(name.c_str());
  if (hash) signing.hash = *hash;
  return hash.has_value();
}

bool take_padding(Signing& signing, const std::string& mode) {
  if (mode == OSSL_PKEY_RSA_PAD_MODE_PKCSV15 || mode == std::to_string(RSA_PKCS1_PADDING)) {
    signing.padding = RsaPadding::pkcs1;
    return true;
  }
  signing.padding = RsaPadding::pss;
  return (mode == OSSL_PKEY_RSA_PAD_MODE_PSS || mode == std::to_string(RSA_PKCS1_PSS_PADDING)) &&
         signing.remote->knows_pss();
}

bool take_salt(const std::string& length) {
  return length == OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST ||
         length == std::to_string(RSA_PSS_SALTLEN_DIGEST);
}

int set_signing(void* context, const OSSL_PARAM* parameters) {
  if (parameters == nullptr) return 1;
  Signing& signing = signing_of(context);
  const auto given = [&](const char* name) { return OSSL_PARAM_locate_const(parameters, name); };
  if (const auto* hash = given(OSSL_SIGNATURE_PARAM_DIGEST)) {
    if (!take_hash(signing, text_of(hash))) return 0;
  }
  if (const auto* padding = given(OSSL_SIGNATURE_PARAM_PAD_MODE)) {
    if (!take_padding(signing, text_of(padding))) return 0;
  }
  const auto* salt = given(OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  return salt == nullptr || take_salt(text_of(salt)) ? 1 : 0;
}

const OSSL_PARAM* settable_signing(void* /*context*/, void* /*provider*/) {
  static const OSSL_PARAM kTypes[] = {
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0), OSSL_PARAM_END};
  return &kTypes[0];
}

int begin_signing(void* context, void* key, const OSSL_PARAM* parameters) {
  Signing& signing = signing_of(context);
  if (key != nullptr) {
    const auto& data = *static_cast<RemoteKeyData*>(key);
    if (data.remote == nullptr) return 0;
    EVP_PKEY_up_ref(data.public_key.get());
    signing.public_key.reset(data.public_key.get());
    signing.remote = data.remote;
  }
  return signing.remote == nullptr ? 0 : set_signing(context, parameters);
}

int sign_hash(void* context, unsigned char* out, std::size_t* size, std::size_t room,
              const unsigned char* hash, std::size_t hash_size) {
  const Signing& signing = signing_of(context);
  *size = static_cast<std::size_t>(EVP_PKEY_get_size(signing.public_key.get()));
  if (out == nullptr) return 1;
  const auto signature = signing.remote->sign(signing.hash, {hash, hash_size}, signing.padding);
  if (!signature.ok()) {
    ERR_clear_error();  // the reason to be seen is the holder's
    ERR_raise_data(ERR_LIB_USER, ERR_R_OPERATION_FAIL, "%s",  // NOLINT(*-vararg)
                   signature.error().message().c_str());
    return 0;
  }
  if (signature->size() > room) return 0;
  std::copy(signature->begin(), signature->end(), out);
  *size = signature->size();
  return 1;
}

int begin_message(void* context, const char* hash, void* key, const OSSL_PARAM* parameters) {
  if (begin_signing(context, key, parameters) != 1) return 0;
  Signing& signing = signing_of(context);
  if (hash != nullptr && *hash != '\0' && !take_hash(signing, hash)) return 0;
  signing.running.reset(EVP_MD_CTX_new());
  return EVP_DigestInit_ex(signing.running.get(), message_digest(signing.hash), nullptr);
}

int add_to_message(void* context, const unsigned char* data, std::size_t size) {
  return EVP_DigestUpdate(signing_of(context).running.get(), data, size);
}

int sign_message(void* context, unsigned char* out, std::size_t* size, std::size_t room) {
  if (out == nullptr) return sign_hash(context, nullptr, size, 0, nullptr, 0);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int hash_size = 0;
  if (EVP_DigestFinal_ex(signing_of(context).running.get(), hash.data(), &hash_size) != 1) return 0;
  return sign_hash(context, out, size, room, hash.data(), hash_size);
}

}  // namespace

const OSSL_DISPATCH* remote_signing_functions() {
  static const OSSL_DISPATCH kFunctions[] = {
      dispatch_entry(OSSL_FUNC_SIGNATURE_NEWCTX, make_signing),
      dispatch_entry(OSSL_FUNC_SIGNATURE_FREECTX, free_signing),
      dispatch_entry(OSSL_FUNC_SIGNATURE_DUPCTX, copy_signing),
      dispatch_entry(OSSL_FUNC_SIGNATURE_SIGN_INIT, begin_signing),
      dispatch_entry(OSSL_FUNC_SIGNATURE_SIGN, sign_hash),
      dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin_message),
      dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, add_to_message),
      dispatch_entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, sign_message),
      dispatch_entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_signing),
      dispatch_entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_signing),
      {0, nullptr}};
  return &kFunctions[0];
}

}  // namespace certconnector::crypto
