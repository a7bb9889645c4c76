// A server that is trusted by the roots of the system, where the configuration says so: ca =
// system.
#include "common/crypto/system_trust.h"

#include <gtest/gtest.h>

#include "common/net/errors.h"
#include "common/net/tls_setup.h"
#include "tests/common/net/memory_handshake.h"
#include "tests/common/net/trusting_system.h"

namespace certconnector::net {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using testing::ContextPtr;
using testing::SslPtr;
using testing::TrustingSystem;

constexpr crypto::KeySpec kRsa{crypto::KeyKind::rsa, 2048};  // Wine knows no others

Credential make_ca(const std::string& subject, const Credential* issuer = nullptr) {
  CertificateSpec spec;
  spec.subject = subject;
  spec.ca = true;
  spec.key_usage = "keyCertSign,cRLSign";
  return issuer == nullptr ? certconnector::testing::make_self_signed(spec, kRsa)
                           : certconnector::testing::issue(*issuer, spec, kRsa);
}

CertificateSpec for_server() {
  CertificateSpec spec;
  spec.subject = "CN=localhost,O=Test";
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "serverAuth";
  spec.subject_alt_names = "DNS:localhost";
  return spec;
}

// The CAs of all tests, and the system that trusts the first one.
struct World {
  const Credential root = make_ca("CN=Root of the System,O=Test");
  const Credential intermediate = make_ca("CN=Intermediate,O=Test", &root);
  const Credential foreign = make_ca("CN=Foreign Root,O=Test");
  const TrustingSystem system{root.certificate};
};

class SystemTrustTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new World; }
  static void TearDownTestSuite() { delete std::exchange(world_, nullptr); }

  // Why the server was refused; nothing: it was taken.
  static std::optional<Error> refusal(const Credential& server, const std::string& host,
                                      const std::vector<crypto::Certificate>& sent = {}) {
    Trust trust;
    trust.system = world_->system.trust();
    ConnectionWatch watch(TlsSetup::create(host, trust, std::nullopt).value(), 1UL << 20U);
    const ContextPtr ours(SSL_CTX_new(TLS_client_method()));
    watch.attach(ours.get());
    const ContextPtr theirs = testing::server_context(server, sent);
    const SslPtr client(SSL_new(ours.get()));
    const SslPtr accepting(SSL_new(theirs.get()));
    const bool connected = testing::shake_hands(client.get(), accepting.get());
    EXPECT_EQ(connected, !watch.refusal());
    return watch.refusal();
  }

  static World* world_;
};
World* SystemTrustTest::world_ = nullptr;

TEST_F(SystemTrustTest, AServerBelowARootOfTheSystemIsTaken) {
  const Credential server = certconnector::testing::issue(world_->intermediate, for_server(), kRsa);
  const auto refused = refusal(server, "localhost", {world_->intermediate.certificate});
  EXPECT_FALSE(refused) << refused->message();
}

TEST_F(SystemTrustTest, AServerOfAnotherRootIsRefused) {
  const Credential server = certconnector::testing::issue(world_->foreign, for_server(), kRsa);
  const auto refused = refusal(server, "localhost", {world_->foreign.certificate});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code(), error_code(NetErrc::untrusted));
}

TEST_F(SystemTrustTest, NameTimeAndPurposeAreCheckedAsElsewhere) {
  const Credential good = certconnector::testing::issue(world_->root, for_server(), kRsa);
  EXPECT_EQ(refusal(good, "example.com").value().code(), error_code(NetErrc::other_host));
  CertificateSpec old = for_server();
  old.not_after = old.not_before + std::chrono::hours(1);
  EXPECT_EQ(
      refusal(certconnector::testing::issue(world_->root, old, kRsa), "localhost").value().code(),
      error_code(NetErrc::certificate_expired));
  CertificateSpec client = for_server();
  client.extended_key_usage = "clientAuth";
  EXPECT_EQ(refusal(certconnector::testing::issue(world_->root, client, kRsa), "localhost")
                .value()
                .code(),
            error_code(NetErrc::untrusted));
}

TEST_F(SystemTrustTest, StandsBesideNoOtherAnchors) {
  Trust trust;
  trust.system = world_->system.trust();
  trust.anchors = {world_->root.certificate.der()};
  EXPECT_FALSE(TlsSetup::create("localhost", trust, std::nullopt).ok());
  EXPECT_FALSE(TlsSetup::create("localhost", Trust{}, std::nullopt).ok());
}

}  // namespace
}  // namespace certconnector::net
