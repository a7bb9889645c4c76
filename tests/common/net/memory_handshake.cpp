#include "tests/common/net/memory_handshake.h"

#include <openssl/bio.h>

namespace certconnector::net::testing {
namespace {

crypto::X509Ptr decode(const crypto::Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  return crypto::X509Ptr(
      d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));  // NOLINT
}

}  // namespace

ContextPtr server_context(const certconnector::testing::Credential& server,
                          const std::vector<crypto::Certificate>& chain) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), decode(server.certificate).get());
  for (const crypto::Certificate& one : chain) {
    SSL_CTX_add1_chain_cert(context.get(), decode(one).get());
  }
  SSL_CTX_use_PrivateKey(context.get(), server.key.native());
  return context;
}

void ask_for_client(SSL_CTX* server, const crypto::Certificate& root) {
  X509_STORE_add_cert(SSL_CTX_get_cert_store(server), decode(root).get());
  SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

bool shake_hands(SSL* client, SSL* server) {
  BIO* near = nullptr;
  BIO* far = nullptr;
  if (BIO_new_bio_pair(&near, 0, &far, 0) != 1) return false;
  SSL_set_bio(client, near, near);
  SSL_set_bio(server, far, far);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server);
  for (int round = 0; round < 20; ++round) {
    const int there = SSL_do_handshake(client);
    const int here = SSL_do_handshake(server);
    if (there == 1 && here == 1) return true;
    if (there != 1 && SSL_get_error(client, there) != SSL_ERROR_WANT_READ) return false;
  }
  return false;
}

}  // namespace certconnector::net::testing
