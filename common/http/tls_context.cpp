#include "common/http/tls_context.h"

#include <openssl/ssl.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "common/crypto/certificate.h"
#include "common/crypto/tls_suites.h"
#include "common/http/tls_certificate.h"

namespace certconnector::http {
namespace {

using Certificates = std::vector<crypto::Certificate>;

// In the wire format of RFC 7301 section 3.1.
constexpr std::array<unsigned char, 9> kHttp11Protocol{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

Error bad_tls(const std::string& what) { return {HttpErrc::bad_tls, ErrorKind::permanent, what}; }

Result<Certificates> read_certificates(const std::string& pem, const std::string& what) {
  auto all = crypto::Certificate::all_from_pem(pem);
  if (!all.ok()) return bad_tls("the " + what + " cannot be read: " + all.error().message());
  return all;
}

// RFC 7301 section 3.2: a client that offers protocols, but not this one, gets the alert
// no_application_protocol.
int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* /*unused*/) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, kHttp11Protocol.data(),
                                          kHttp11Protocol.size(), offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Status set_protocol(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(context, crypto::kTls12Suites) != 1) {
    return refused_by_openssl("the cipher suites cannot be used");
  }
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return {};
}

// Each CA given is trusted by itself, also an intermediate one without its root.
Status require_client_certificate(SSL_CTX* context, const Certificates& cas) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const auto& ca : cas) {
    if (!ca.is_ca())
      return bad_tls("\"" + ca.subject_text() +
                     "\" is no CA certificate, so TLS clients cannot be checked by it");
    const auto x509 = to_x509(ca);
    if (X509_STORE_add_cert(store, x509.get()) != 1 ||
        SSL_CTX_add_client_CA(context, x509.get()) != 1) {
      return refused_by_openssl("a CA certificate for TLS clients cannot be used");
    }
  }
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

}  // namespace

Result<TlsContext> make_tls_context(const TlsSettings& settings) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return refused_by_openssl("TLS cannot be set up");
  auto made = std::make_shared<boost::asio::ssl::context>(context);
  CC_TRY(set_protocol(context));
  CC_TRY(settings.held_key
             ? use_certificate(context, settings.certificate_chain, *settings.held_key)
             : use_certificate(context, settings.certificate_chain, settings.key));
  if (settings.client_cas) {
    CC_TRY_ASSIGN(const auto cas,
                  read_certificates(*settings.client_cas, "CA certificates for TLS clients"));
    CC_TRY(require_client_certificate(context, cas));
  }
  return made;
}

}  // namespace certconnector::http
