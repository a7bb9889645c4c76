// The client certificate in the machine's store: [management] certificate_store.
#include "agent/app/store_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/app/configuration_check.h"
#include "agent/app/errors.h"
#include "agent/keys/errors.h"
#include "common/text/hex.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/agent/app/identity_fixture.h"

namespace certconnector::app {
namespace {

using certconnector::testing::CertificateSpec;
using certconnector::testing::Credential;
using certconnector::testing::FakeKey;
using certconnector::testing::FakeMachineStore;
using certconnector::testing::issue;
using certconnector::testing::shared_pki;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kWanted = "subject:CN=agent";

Credential client(Duration began_before, CertificateSpec spec = client_named("CN=agent")) {
  spec.not_before = SystemClock().wall() - began_before;
  spec.not_after = spec.not_before + std::chrono::hours(24 * 365);
  return issue(shared_pki().intermediate(), spec, {crypto::KeyKind::rsa, 2048});
}

class StoreIdentityTest : public IdentityFixture {
 protected:
  StoreIdentityTest() {
    settings_.management.url = mutual_.url();
    settings_.management.ca_file =
        folder_.write("root.pem", shared_pki().root().certificate.to_pem());
    settings_.management.certificate_store = kWanted;
  }
};

TEST_F(StoreIdentityTest, TheEndpointSeesACertificateWhoseKeyStaysWhereItIs) {
  CertificateSpec spec = client_named("CN=agent");
  const Credential stored = issue(shared_pki().intermediate(), spec, {crypto::KeyKind::rsa, 2048});
  for (const bool knows_pss : {true, false}) {
    machine_store_.clear();
    machine_store_.put(stored, {true, true, knows_pss}, {shared_pki().intermediate().certificate});
    const auto identity = make_identity();
    const auto held = identity->load();
    ASSERT_TRUE(held.ok()) << held.error().message();
    ASSERT_TRUE(identity->activate(**held).ok());
    const Status called = call_endpoint();
    ASSERT_TRUE(called.ok()) << called.error().message();
    EXPECT_EQ(mutual_.requests().back().client_subject, "CN=agent");
    EXPECT_TRUE(identity->origin()->in_store);
    EXPECT_EQ(identity->save(*identity->active()).error().code(),
              error_code(AppErrc::not_renewable));
    EXPECT_FALSE(exists("identity"));
  }
}

class StoreCertificateTest : public ::testing::Test {
 protected:
  std::string configuration() const {
    return "[management]\nurl=https://localhost:1\nca_file=" +
           site_.folder.write("root.pem", shared_pki().root().certificate.to_pem()) +
           "\ncertificate_store=" + kWanted + "\n";
  }
  void start() {
    agent_.emplace(site_, configuration(), Substitutes{nullptr, nullptr, nullptr, &store_});
  }
  [[nodiscard]] core::HealthFinding finding() { return *agent_->identity().finding(); }
  [[nodiscard]] std::size_t taken() { return site_.logger.records("identity.from_store").size(); }

  Site site_;
  FakeMachineStore store_;
  std::optional<RunningAgent> agent_;
};

TEST_F(StoreCertificateTest, ASuccessorIsTakenWhileTheAgentRuns) {
  const Credential first = client(std::chrono::hours(24 * 10));
  store_.put(first);
  start();
  EXPECT_EQ(agent_->status().identity->source, "store");
  EXPECT_EQ(finding().level(), core::HealthLevel::ok);
  const int opened = store_.opened();
  agent_->identity().look_into_store();
  EXPECT_EQ(store_.opened(), opened) << "nothing is new";
  EXPECT_EQ(taken(), 0U);

  const Credential second = client(std::chrono::hours(24));
  store_.put(second, {true, true, false});
  agent_->identity().look_into_store();
  EXPECT_EQ(agent_->status().identity->sha256,
            text::to_hex(crypto::view(second.certificate.sha256())));
  EXPECT_EQ(taken(), 1U);
}

TEST_F(StoreCertificateTest, TheAgentStartsWithoutAndTakesTheOneThatComes) {
  start();
  EXPECT_FALSE(agent_->identity().view());
  EXPECT_EQ(finding().code, &core::finding::kIdentityUnusable);
  EXPECT_THAT(finding().message, HasSubstr("certificate_store: the machine's store has no"));
  EXPECT_THAT(finding().message, HasSubstr("certutil -pulse"));

  store_.put(client(std::chrono::hours(24)), {false});
  agent_->identity().look_into_store();
  EXPECT_THAT(finding().message, HasSubstr("has no private key"));
  store_.clear();
  store_.put(client(std::chrono::hours(24)), {true, false});
  agent_->identity().look_into_store();
  EXPECT_THAT(finding().message, HasSubstr("permission Read"));
  agent_->identity().look_into_store();
  EXPECT_THAT(site_.logger.records("identity.not_in_store"), SizeIs(2)) << "once each";

  store_.put(client(Duration(0)));
  agent_->identity().look_into_store();
  ASSERT_TRUE(agent_->identity().view());
  EXPECT_EQ(finding().level(), core::HealthLevel::ok);
  EXPECT_EQ(taken(), 1U);
}

TEST_F(StoreCertificateTest, OneThatIsGoneIsNamedWhileItIsUsed) {
  store_.put(client(std::chrono::hours(24)));
  start();
  store_.clear();
  agent_->identity().look_into_store();
  EXPECT_TRUE(agent_->identity().view());
  EXPECT_EQ(finding().code, &core::finding::kIdentityNotRenewed);
  EXPECT_THAT(finding().message, HasSubstr("would not get again"));
}

TEST_F(StoreCertificateTest, OneThatIsNotForClientsIsNamed) {
  CertificateSpec server = client_named("CN=agent");
  server.extended_key_usage = "serverAuth";
  store_.put(client(std::chrono::hours(24), server));
  start();
  EXPECT_EQ(finding().code, &core::finding::kIdentityUnusable);
  EXPECT_THAT(finding().message, HasSubstr("lacks the extended key usage"));
}

TEST_F(StoreCertificateTest, ItIsRenewedWhereItIs) {
  store_.put(client(std::chrono::hours(24)));
  start();
  const auto renewed = agent_->identity().renew_identity();
  ASSERT_FALSE(renewed.ok());
  EXPECT_THAT(renewed.error().message(), HasSubstr("in the machine's store; renew it there"));
}

// As every system but Windows is.
class NoStore final : public keys::MachineStore {
 public:
  Result<crypto::Certificate> find(const keys::CertificateWanted&, Timestamp) const override {
    return Error(keys::KeysErrc::unsupported, ErrorKind::permanent, "only Windows has one");
  }
  Result<core::Identity> open(const keys::CertificateWanted&, Timestamp) const override {
    return Error(keys::KeysErrc::unsupported, ErrorKind::permanent, "only Windows has one");
  }
};

TEST_F(StoreCertificateTest, WhereThereIsNoStoreTheAgentDoesNotStart) {
  const NoStore none;
  try {
    const RunningAgent agent(site_, configuration(), {nullptr, nullptr, nullptr, &none});
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("certificate_store: only Windows has one"));
  }
}

TEST_F(StoreCertificateTest, TheConfigurationCheckLooksIntoTheStore) {
  const config::Settings settings = site_.settings(
      configuration() + "[http]\ntls_listen=127.0.0.1:0\ncertificate_store=template:Web\n");
  const Timestamp now = SystemClock().wall();
  std::vector<std::string> told;
  for (const UnusableFile& one : unusable_files(settings, store_, now)) {
    told.push_back(one.message());
  }
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_THAT(told[0], HasSubstr("[management]: certificate_store: the machine's store has no"));
  EXPECT_THAT(told[1], HasSubstr("[http]: certificate_store: the machine's store has no"));
  EXPECT_THAT(unusable_files(settings, NoStore(), now)[0].message(),
              HasSubstr("only Windows has one"));
}

}  // namespace
}  // namespace certconnector::app
