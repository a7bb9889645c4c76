// Our verify callback decides a handshake, whatever the library has set on the connection.
#include "common/net/tls_setup.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "common/net/errors.h"
#include "tests/common/net/memory_handshake.h"
#include "tests/support/test_pki.h"

namespace certconnector::net {
namespace {

using certconnector::testing::TestPki;
using testing::ContextPtr;
using testing::SslPtr;

class TlsSetupTest : public ::testing::Test {
 protected:
  // Connects to a server of `server` with the anchors of `trusted`, on a connection whose own
  // callback takes every certificate.
  bool connects(const TestPki& server, const TestPki& trusted) {
    const Trust trust{{trusted.root().certificate.der()}, std::nullopt};
    auto setup = TlsSetup::create("localhost", trust, std::nullopt);
    EXPECT_TRUE(setup.ok());
    watch_ = std::make_unique<ConnectionWatch>(*setup, 1UL << 20U);
    const ContextPtr theirs =
        testing::server_context(server.server(), {server.intermediate().certificate});
    const ContextPtr ours(SSL_CTX_new(TLS_client_method()));
    watch_->attach(ours.get());
    const SslPtr client(SSL_new(ours.get()));
    const SslPtr accepting(SSL_new(theirs.get()));
    SSL_set_verify(client.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX* verification) {
      X509_STORE_CTX_set_error(verification, X509_V_OK);
      return 1;
    });
    return testing::shake_hands(client.get(), accepting.get());
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
