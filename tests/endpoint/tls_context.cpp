#include "tests/endpoint/tls_context.h"

#include <boost/asio/ssl/context.hpp>

#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

namespace ssl = boost::asio::ssl;

bool install_certificates(SSL_CTX* context, const CertifiedKey& server, X509* ca) {
  // The CA goes along so that an enrolling agent can compare it with the digest in its token.
  return SSL_CTX_use_certificate(context, server.certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, server.key.get()) == 1 &&
         SSL_CTX_add1_chain_cert(context, ca) == 1 &&
         X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca) == 1 &&
         SSL_CTX_add_client_CA(context, ca) == 1;
}

// No sessions are resumed: a resumed one would not look at the client certificate's dates again.
void refuse_resumption(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

void limit_versions(SSL_CTX* context, bool only_tls_1_1) {
  if (only_tls_1_1) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    return;
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const OwnCa& ca, const TlsOptions& options) {
  CC_TRY_ASSIGN(const CertifiedKey server, ca.make_server_certificate(options.server));
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  limit_versions(native, options.only_tls_1_1);
  refuse_resumption(native);
  if (!install_certificates(native, server, ca.certificate())) {
    return Error(EndpointErrc::crypto, ErrorKind::permanent,
                 "OpenSSL refused the endpoint's own server certificate");
  }
  if (!options.extra_client_ca_file.empty() &&
      SSL_CTX_load_verify_file(native, options.extra_client_ca_file.c_str()) != 1) {
    return Error(EndpointErrc::malformed, ErrorKind::permanent,
                 "cannot read CA certificates from " + options.extra_client_ca_file +
                     ": it must be a PEM file");
  }
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  return context;
}

}  // namespace certconnector::endpoint
