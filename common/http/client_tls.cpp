#include "common/http/client_tls.h"

#include <openssl/x509v3.h>

#include <string>

#include "common/crypto/certificate.h"
#include "common/crypto/system_trust.h"
#include "common/crypto/tls_suites.h"
#include "common/http/tls_certificate.h"
#include "common/net/address/ip_address.h"

namespace certconnector::http {
namespace {

Error unusable(const std::string& what) { return {HttpErrc::bad_tls, ErrorKind::permanent, what}; }

Status trust_anchors(X509_STORE* store, const std::string& pem) {
  const auto anchors = crypto::Certificate::all_from_pem(pem);
  if (!anchors.ok()) {
    return unusable("the trusted certificates cannot be read: " + anchors.error().message());
  }
  for (const crypto::Certificate& anchor : *anchors) {
    if (X509_STORE_add_cert(store, to_x509(anchor).get()) != 1) {
      return unusable("a trusted certificate cannot be used");
    }
  }
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

// A context and the system's roots, which OpenSSL has a plain pointer to.
struct TrustingContext {
  explicit TrustingContext(SSL_CTX* native) : context(native) {}
  boost::asio::ssl::context context;
  std::shared_ptr<const crypto::SystemTrust> system;
};

Status trust_system(SSL_CTX* context, TrustingContext& keeper) {
  CC_TRY_ASSIGN(keeper.system, crypto::system_trust());
  SSL_CTX_set_cert_verify_callback(
      context,
      [](X509_STORE_CTX* verification, void* roots) {
        return static_cast<const crypto::SystemTrust*>(roots)->verify(verification) == X509_V_OK
                   ? 1
                   : 0;
      },
      const_cast<crypto::SystemTrust*>(keeper.system.get()));
  return {};
}

}  // namespace

Result<TlsContext> make_client_context(const PeerTrust& trust,
                                       const std::optional<ClientCertificate>& certificate) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return unusable("TLS cannot be set up");
  auto made = std::make_shared<TrustingContext>(context);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(context, crypto::kTls12Suites) != 1) {
    return unusable("the cipher suites cannot be used");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  if (trust.anchors.empty()) {
    CC_TRY(trust_system(context, *made));
  } else {
    CC_TRY(trust_anchors(store, trust.anchors));
  }
  if (certificate) {
    CC_TRY(certificate->held_key
               ? use_certificate(context, certificate->chain, *certificate->held_key)
               : use_certificate(context, certificate->chain, certificate->key));
  }
  return TlsContext(made, &made->context);
}

void expect_peer(SSL* ssl, const PeerTrust& trust) {
  if (trust.name.empty()) return;
  if (net::ip_from_text(trust.name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), trust.name.c_str());
    return;
  }
  std::string name = trust.name;
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  SSL_set1_host(ssl, trust.name.c_str());
}

std::string why_not_trusted(SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);  // NOLINT: OpenSSL's type
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace certconnector::http
