#include "common/crypto/content_cipher.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <array>
#include <memory>
#include <string>

#include "common/crypto/errors.h"
#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

struct KnownCipher {
  std::string_view oid;
  const char* name;  // OpenSSL's
  std::size_t key;
  std::size_t block;
};

// In the order of the enumerators.
constexpr std::array<KnownCipher, 5> kCiphers{{
    {"2.16.840.1.101.3.4.1.2", "AES-128-CBC", 16, 16},
    {"2.16.840.1.101.3.4.1.22", "AES-192-CBC", 24, 16},
    {"2.16.840.1.101.3.4.1.42", "AES-256-CBC", 32, 16},
    {"1.2.840.113549.3.7", "DES-EDE3-CBC", 24, 8},
    {"1.3.14.3.2.7", "DES-CBC", 8, 8},
}};

using CipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;

const KnownCipher& known(ContentCipher cipher) {
  return kCiphers.at(static_cast<std::size_t>(cipher));
}

// OpenSSL 3 keeps single DES in its legacy provider, which is loaded into a library context of its
// own: nothing else of the process sees it. Null where the provider is not installed.
const EVP_CIPHER* fetch_des() {
  OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
  if (context == nullptr || OSSL_PROVIDER_load(context, "legacy") == nullptr) {
    ERR_clear_error();
    OSSL_LIB_CTX_free(context);
    return nullptr;
  }
  return EVP_CIPHER_fetch(context, "DES-CBC", nullptr);
}

// Fetched once for the process.
const EVP_CIPHER* implementation(ContentCipher cipher) {
  const auto fetch = [](ContentCipher of) {
    return EVP_CIPHER_fetch(nullptr, known(of).name, nullptr);
  };
  static const std::array<const EVP_CIPHER*, 4> ciphers{
      fetch(ContentCipher::aes128), fetch(ContentCipher::aes192), fetch(ContentCipher::aes256),
      fetch(ContentCipher::des3)};
  if (cipher != ContentCipher::des) return ciphers.at(static_cast<std::size_t>(cipher));
  static const EVP_CIPHER* const des = fetch_des();
  return des;
}

Error unavailable(ContentCipher cipher) {
  return {CryptoErrc::unsupported, ErrorKind::permanent,
          "this machine's OpenSSL does not have " + std::string(to_string(cipher)) +
              "; it is part of OpenSSL's legacy provider"};
}

enum class Direction { decrypt = 0, encrypt = 1 };

// Nothing: the padding is wrong.
Result<std::optional<Bytes>> run_cipher(ContentCipher cipher, Direction direction, ByteView key,
                                        ByteView iv, ByteView input) {
  const EVP_CIPHER* const evp = implementation(cipher);
  if (evp == nullptr) return unavailable(cipher);
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex2(context.get(), evp, key.data(), iv.data(),
                                     static_cast<int>(direction), nullptr) != 1) {
    return openssl_failure("preparing a cipher");
  }
  Bytes output(input.size() + block_size(cipher));
  int size = 0;
  int rest = 0;
  if (EVP_CipherUpdate(context.get(), output.data(), &size, input.data(),
                       static_cast<int>(input.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), output.data() + size, &rest) != 1) {
    ERR_clear_error();
    return std::optional<Bytes>();
  }
  output.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
  return std::optional(std::move(output));
}

}  // namespace

std::string_view cipher_oid(ContentCipher cipher) { return known(cipher).oid; }
std::string_view to_string(ContentCipher cipher) { return known(cipher).name; }
std::size_t key_size(ContentCipher cipher) { return known(cipher).key; }
std::size_t block_size(ContentCipher cipher) { return known(cipher).block; }

std::optional<ContentCipher> cipher_from_oid(std::string_view oid) {
  for (std::size_t i = 0; i < kCiphers.size(); ++i) {
    if (kCiphers.at(i).oid == oid) return static_cast<ContentCipher>(i);
  }
  return std::nullopt;
}

Result<Bytes> encrypt_content(ContentCipher cipher, ByteView key, ByteView iv, ByteView content) {
  CC_TRY_ASSIGN(auto output, run_cipher(cipher, Direction::encrypt, key, iv, content));
  if (!output) return openssl_failure("encrypting");
  return std::move(*output);
}

Result<Bytes> decrypt_content(ContentCipher cipher, ByteView key, ByteView iv, ByteView encrypted) {
  CC_TRY_ASSIGN(auto output, run_cipher(cipher, Direction::decrypt, key, iv, encrypted));
  if (!output) return not_decryptable();
  return std::move(*output);
}

}  // namespace certconnector::crypto
