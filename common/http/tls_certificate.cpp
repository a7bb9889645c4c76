#include "common/http/tls_certificate.h"

#include <utility>
#include <vector>

#include "common/crypto/certificate_chain.h"
#include "common/crypto/tls_key.h"
#include "common/http/server.h"

namespace certconnector::http {
namespace {

Error bad_certificate(const std::string& what) {
  return {HttpErrc::bad_tls, ErrorKind::permanent, what};
}

}  // namespace

crypto::X509Ptr to_x509(const crypto::Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  const auto size = static_cast<long>(certificate.der().size());  // NOLINT: OpenSSL's type
  return crypto::X509Ptr(d2i_X509(nullptr, &at, size));
}

Error refused_by_openssl(const std::string& what) {
  return bad_certificate(what + ": " + crypto::openssl_failure("TLS").message());
}

Status use_certificate(SSL_CTX* context, const std::string& chain, const std::string& key) {
  const auto private_key = crypto::PrivateKey::from_pem(key);
  if (!private_key.ok()) {
    return bad_certificate("the TLS key cannot be read: " + private_key.error().message());
  }
  return use_certificate(context, chain, *private_key);
}

Status use_certificate(SSL_CTX* context, const std::string& chain, const crypto::PrivateKey& key) {
  auto certificates = crypto::Certificate::all_from_pem(chain);
  if (!certificates.ok()) {
    return bad_certificate("the TLS certificate cannot be read: " + certificates.error().message());
  }
  const auto ordered = crypto::order_by_key(std::move(*certificates), key);
  if (!ordered.ok()) return bad_certificate("the TLS certificate: " + ordered.error().message());
  const std::vector<crypto::Certificate>& own = ordered->chain;
  if (SSL_CTX_use_certificate(context, to_x509(own.front()).get()) != 1) {
    return refused_by_openssl("the TLS certificate cannot be used");
  }
  for (std::size_t i = 1; i < own.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, to_x509(own[i]).get()) != 1) {
      return refused_by_openssl("a certificate of the TLS chain cannot be used");
    }
  }
  if (!crypto::use_tls_key(context, key)) return refused_by_openssl("the TLS key cannot be used");
  return {};
}

}  // namespace certconnector::http
