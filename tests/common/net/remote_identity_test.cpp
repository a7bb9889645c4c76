// The client's key is at another place, which signs for the handshake.
#include <gtest/gtest.h>

#include "common/net/tls_setup.h"
#include "tests/common/net/good_server.h"
#include "tests/common/net/memory_handshake.h"
#include "tests/support/software_holder.h"

namespace certconnector::net {
namespace {

using certconnector::testing::Credential;
using certconnector::testing::shared_pki;
using certconnector::testing::SoftwareHolder;
using testing::ContextPtr;
using testing::SslPtr;

Credential make_client(const crypto::KeySpec& key) {
  certconnector::testing::CertificateSpec spec;
  spec.subject = "CN=agent1,O=Test";
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "clientAuth";
  return certconnector::testing::issue(shared_pki().intermediate(), spec, key);
}

class RemoteIdentityTest : public ::testing::Test {
 protected:
  // The version of TLS that the handshake ended with; empty where it failed.
  std::string connects(const Credential& client, bool knows_pss, int max_version = 0) {
    holder_ = std::make_shared<SoftwareHolder>(client.key, knows_pss);
    const Identity identity{
        crypto::use_remote_key(client.key.public_key_info(), holder_).value(),
        {client.certificate.der(), shared_pki().intermediate().certificate.der()}};
    const Trust trust{{shared_pki().root().certificate.der()}, std::nullopt};
    ConnectionWatch watch(TlsSetup::create("localhost", trust, identity).value(), 1UL << 20U);
    const ContextPtr ours(SSL_CTX_new(TLS_client_method()));
    watch.attach(ours.get());
    const ContextPtr theirs =
        testing::server_context(shared_pki().server(), {shared_pki().intermediate().certificate});
    testing::ask_for_client(theirs.get(), shared_pki().root().certificate);
    if (max_version != 0) SSL_CTX_set_max_proto_version(theirs.get(), max_version);
    const SslPtr near(SSL_new(ours.get()));
    const SslPtr far(SSL_new(theirs.get()));
    return testing::shake_hands(near.get(), far.get()) ? SSL_get_version(near.get()) : "";
  }

  std::shared_ptr<SoftwareHolder> holder_;
};

TEST_F(RemoteIdentityTest, SignsForTls13AndTls12) {
  for (const crypto::KeySpec& key :
       {crypto::KeySpec{crypto::KeyKind::rsa, 2048}, crypto::KeySpec{crypto::KeyKind::ec, 256},
        crypto::KeySpec{crypto::KeyKind::ec, 384}}) {
    const Credential client = make_client(key);
    EXPECT_EQ(connects(client, true), "TLSv1.3") << key.bits;
    EXPECT_EQ(holder_->asked, 1);
    EXPECT_EQ(connects(client, true, TLS1_2_VERSION), "TLSv1.2") << key.bits;
    EXPECT_EQ(holder_->asked, 1);
  }
}

// As keys of a TPM and old ones are.
TEST_F(RemoteIdentityTest, AKeyWithoutPssIsForTls12) {
  EXPECT_EQ(connects(make_client({crypto::KeyKind::rsa, 2048}), false), "TLSv1.2");
  EXPECT_EQ(holder_->asked, 1);
  EXPECT_EQ(holder_->last_padding, crypto::RsaPadding::pkcs1);
}

TEST_F(RemoteIdentityTest, AKeyThatIsNotTheCertificatesIsRefused) {
  const Credential client = make_client({crypto::KeyKind::rsa, 2048});
  const auto other = crypto::PrivateKey::generate({crypto::KeyKind::rsa, 2048}).value();
  const auto holder = std::make_shared<SoftwareHolder>(other, true);
  const Identity identity{crypto::use_remote_key(other.public_key_info(), holder).value(),
                          {client.certificate.der()}};
  const Trust trust{{shared_pki().root().certificate.der()}, std::nullopt};
  EXPECT_FALSE(TlsSetup::create("localhost", trust, identity).ok());
}

}  // namespace
}  // namespace certconnector::net
