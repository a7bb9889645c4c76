// Our verify callback decides a handshake, whatever the library has set on the connection.
#include "common/net/tls_setup.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "common/crypto/openssl_ptr.h"
#include "common/net/errors.h"
#include "tests/support/test_pki.h"

namespace certconnector::net {
namespace {

using certconnector::testing::TestPki;
using ContextPtr = std::unique_ptr<SSL_CTX, crypto::OpensslDeleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, crypto::OpensslDeleter<SSL_free>>;

crypto::X509Ptr decode(const crypto::Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  return crypto::X509Ptr(
      d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));  // NOLINT
}

ContextPtr server_context(const TestPki& pki) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), decode(pki.server().certificate).get());
  SSL_CTX_add1_chain_cert(context.get(), decode(pki.intermediate().certificate).get());
  SSL_CTX_use_PrivateKey(context.get(), pki.server().key.native());
  return context;
}

// Whether both sides of a connection in memory get to its end.
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

class TlsSetupTest : public ::testing::Test {
 protected:
  // Connects to a server of `server` with the anchors of `trusted`, on a connection whose own
  // callback takes every certificate.
  bool connects(const TestPki& server, const TestPki& trusted) {
    const Trust trust{{trusted.root().certificate.der()}, std::nullopt};
    auto setup = TlsSetup::create("localhost", trust, std::nullopt);
    EXPECT_TRUE(setup.ok());
    watch_ = std::make_unique<ConnectionWatch>(*setup, 1UL << 20U);
    const ContextPtr theirs = server_context(server);
    const ContextPtr ours(SSL_CTX_new(TLS_client_method()));
    watch_->attach(ours.get());
    const SslPtr client(SSL_new(ours.get()));
    const SslPtr accepting(SSL_new(theirs.get()));
    SSL_set_verify(client.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX* verification) {
      X509_STORE_CTX_set_error(verification, X509_V_OK);
      return 1;
    });
    return shake_hands(client.get(), accepting.get());
  }

  std::unique_ptr<ConnectionWatch> watch_;
};

TEST_F(TlsSetupTest, TakesAServerOfItsAnchors) {
  const TestPki pki;
  EXPECT_TRUE(connects(pki, pki));
  EXPECT_FALSE(watch_->refusal());
}

TEST_F(TlsSetupTest, NoCallbackOfTheConnectionOverrulesADenial) {
  const TestPki pki;
  const TestPki foreign;
  EXPECT_FALSE(connects(foreign, pki));
  ASSERT_TRUE(watch_->refusal());
  EXPECT_EQ(watch_->refusal()->code(), error_code(NetErrc::untrusted));
  EXPECT_NE(watch_->refusal()->message().find("issuer"), std::string::npos);
}

}  // namespace
}  // namespace certconnector::net
