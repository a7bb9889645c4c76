#include "common/crypto/openssl_ptr.h"

#include <openssl/err.h>

#include <string>

namespace certconnector::crypto {

void KeyDeleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void KeyDeleter::operator()(evp_pkey_ctx_st* context) const { EVP_PKEY_CTX_free(context); }

Bytes der_of(const X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  if (size <= 0) return {};
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* at = der.data();
  i2d_X509(certificate, &at);
  return der;
}

KeyContextHandle make_context(EVP_PKEY* key) {
  return KeyContextHandle(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
}

KeyContextHandle copy_of(const KeyContextHandle& context) {
  return KeyContextHandle(context ? EVP_PKEY_CTX_dup(context.get()) : nullptr);
}

Error openssl_failure(std::string_view doing) {
  const char* text = nullptr;
  int flags = 0;
  // NOLINTNEXTLINE(google-runtime-int): OpenSSL's type
  const unsigned long code = ERR_peek_error_all(nullptr, nullptr, nullptr, &text, &flags);
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  // An error of ours, from behind OpenSSL.
  if (ERR_GET_LIB(code) == ERR_LIB_USER && (flags & ERR_TXT_STRING) != 0) reason = text;
  std::string message = "OpenSSL failed ";
  message += doing;
  if (reason != nullptr) message += std::string(" (") + reason + ")";
  ERR_clear_error();
  return {CryptoErrc::failure, ErrorKind::transient, std::move(message)};
}

}  // namespace certconnector::crypto
