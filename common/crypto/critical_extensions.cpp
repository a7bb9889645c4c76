#include "common/crypto/critical_extensions.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include "common/crypto/openssl_ptr.h"

namespace certconnector::crypto {
namespace {

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 256> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

}  // namespace

std::vector<std::string> unknown_critical_extensions(const Certificate& certificate) {
  const Bytes& der = certificate.der();
  const unsigned char* at = der.data();
  const X509Ptr x509(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())));  // NOLINT(google-runtime-int)
  std::vector<std::string> unknown;
  for (int i = 0; x509 && i < X509_get_ext_count(x509.get()); ++i) {
    X509_EXTENSION* extension = X509_get_ext(x509.get(), i);
    if (X509_EXTENSION_get_critical(extension) == 0) continue;
    if (X509_supported_extension(extension) == 1) continue;
    unknown.push_back(dotted(X509_EXTENSION_get_object(extension)));
  }
  ERR_clear_error();
  return unknown;
}

}  // namespace certconnector::crypto
