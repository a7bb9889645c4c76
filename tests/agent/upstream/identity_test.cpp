#include "agent/upstream/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "common/crypto/pkcs10.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/test_pki.h"

namespace certconnector::upstream {
namespace {

using testing::CertificateSpec;
using testing::Credential;
using testing::FakeClock;
using ::testing::HasSubstr;

constexpr auto kDay = std::chrono::hours(24);

CertificateSpec client_spec() {
  CertificateSpec spec;
  spec.subject = "CN=agent1";
  spec.key_usage = "digitalSignature";
  spec.extended_key_usage = "clientAuth";
  spec.not_before = FakeClock::kStart;
  spec.not_after = FakeClock::kStart + 90 * kDay;
  return spec;
}

CertificateSpec root_spec() {
  CertificateSpec spec;
  spec.subject = "CN=root";
  spec.ca = true;
  return spec;
}

class MemoryIdentityStore final : public core::IdentityStore {
 public:
  std::optional<core::Identity> saved;
  std::optional<crypto::PrivateKey> next;
  int activations = 0;

  Result<std::optional<core::Identity>> load() override { return saved; }
  Status save(const core::Identity& identity) override {
    saved = identity;
    next.reset();
    return {};
  }
  Status activate(const core::Identity&) override {
    ++activations;
    return {};
  }
  Result<std::optional<crypto::PrivateKey>> load_next_key() override { return next; }
  Status save_next_key(const crypto::PrivateKey& key) override {
    next = key;
    return {};
  }
};

class IdentityTest : public testing::CoreFixture {
 protected:
  IdentityTest() : root(testing::make_self_signed(root_spec())) {
    const Credential client = testing::issue(root, client_spec());
    keeper.adopt({client.key, {client.certificate}}, RenewedBy::agent);
    endpoint.on_renew = [this](const Bytes& pkcs10) { return renew(pkcs10); };
  }

  // Issues for the request's key, starting now.
  Result<std::vector<Bytes>> renew(const Bytes& pkcs10) {
    const auto request = crypto::Pkcs10::parse(pkcs10);
    requested.push_back(request->public_key_info().to_bytes());
    if (!store_.next) return testing::FakeEndpoint::protocol();
    CertificateSpec spec = client_spec();
    spec.not_before = clock.wall();
    spec.not_after = clock.wall() + 90 * kDay;
    spec.extended_key_usage = usage;
    return std::vector<Bytes>{testing::issue_for_key(root, spec, *store_.next).der()};
  }

  Credential root;
  MemoryIdentityStore store_;
  std::vector<Bytes> requested;
  std::string usage = "clientAuth";
  IdentityKeeper keeper{session, store_};
};

struct IdentityCase {
  const char* name;
  std::function<void(CertificateSpec&)> change;
  std::optional<core::CoreErrc> refused;
  const char* remedy;
};

TEST_F(IdentityTest, RefusesWhatCannotBeUsedWithTheRemedy) {
  const IdentityCase cases[] = {
      {"good", [](CertificateSpec&) {}, {}, ""},
      {"expired", [](CertificateSpec& s) { s.not_after = FakeClock::kStart + kDay; },
       core::CoreErrc::identity_expired, "; do so"},
      {"not yet valid", [](CertificateSpec& s) { s.not_before = FakeClock::kStart + 40 * kDay; },
       core::CoreErrc::identity_not_yet_valid, "clock"},
      {"server authentication", [](CertificateSpec& s) { s.extended_key_usage = "serverAuth"; },
       core::CoreErrc::identity_wrong_usage, "client authentication"},
      {"no usage", [](CertificateSpec& s) { s.extended_key_usage.clear(); },
       core::CoreErrc::identity_wrong_usage, "client authentication"},
      {"any usage",
       [](CertificateSpec& s) { s.extended_key_usage = "anyExtendedKeyUsage"; },
       {},
       ""}};
  for (const IdentityCase& c : cases) {
    CertificateSpec spec = client_spec();
    c.change(spec);
    const Credential client = testing::issue(root, spec);
    const Status status =
        check_identity(client.certificate, client.key, FakeClock::kStart + 30 * kDay, "do so");
    EXPECT_EQ(status.ok(), !c.refused) << c.name;
    if (status.ok() || !c.refused) continue;
    EXPECT_EQ(status.error().code(), core::error_code(*c.refused)) << c.name;
    const bool passes = *c.refused == core::CoreErrc::identity_not_yet_valid;
    EXPECT_EQ(status.error().kind(), passes ? ErrorKind::transient : ErrorKind::permanent)
        << c.name;
    EXPECT_THAT(status.error().message(), HasSubstr(c.remedy)) << c.name;
  }
}

TEST_F(IdentityTest, RefusesAKeyThatDoesNotBelong) {
  const Credential client = testing::issue(root, client_spec());
  const Status status = check_identity(client.certificate, root.key, FakeClock::kStart, "do so");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), core::error_code(core::CoreErrc::identity_key_mismatch));
  EXPECT_THAT(status.error().message(), HasSubstr(", or do so"));
}

TEST_F(IdentityTest, IsRenewedAtTwoThirdsOrAShortWhileBefore) {
  const auto certificate = testing::issue(root, client_spec()).certificate;
  EXPECT_EQ(renew_at(certificate, 0.0), FakeClock::kStart + 60 * kDay);
  EXPECT_LT(renew_at(certificate, 0.9), FakeClock::kStart + 60 * kDay);
  EXPECT_GT(renew_at(certificate, 0.9), FakeClock::kStart + 55 * kDay);
}

TEST_F(IdentityTest, RenewsWhenItIsDueAndUsesItAtOnce) {
  EXPECT_EQ(keeper.step(never), runtime::kIdle);
  EXPECT_TRUE(requested.empty());
  clock.advance(60 * kDay);
  EXPECT_EQ(keeper.step(never), Duration(0));
  EXPECT_EQ(store_.activations, 1);
  ASSERT_TRUE(store_.saved.has_value());
  EXPECT_TRUE(store_.saved->chain.front().belongs_to(store_.saved->key));
  EXPECT_EQ(keeper.renewal_due(), clock.wall() + 60 * kDay);
  EXPECT_EQ(keeper.step(never), runtime::kIdle);
}

TEST_F(IdentityTest, SendsTheSameKeyAgainAfterALostAnswer) {
  clock.advance(60 * kDay);
  bool lost = false;
  endpoint.on_renew = [&](const Bytes& pkcs10) -> Result<std::vector<Bytes>> {
    auto answer = renew(pkcs10);
    if (std::exchange(lost, true)) return answer;
    return testing::FakeEndpoint::unreachable();
  };
  const Duration wait = keeper.step(never);
  EXPECT_GT(wait, Duration(0));
  EXPECT_EQ(store_.activations, 0);
  clock.advance(wait);
  EXPECT_EQ(keeper.step(never), Duration(0));
  ASSERT_EQ(requested.size(), 2U);
  EXPECT_EQ(requested[0], requested[1]);
}

TEST_F(IdentityTest, DoesNotTakeACertificateThatItCouldNotUse) {
  clock.advance(60 * kDay);
  usage = "serverAuth";
  EXPECT_GT(keeper.step(never), Duration(0));
  EXPECT_FALSE(store_.saved.has_value());
  endpoint.on_renew = [](const Bytes&) { return Result<std::vector<Bytes>>(std::vector<Bytes>()); };
  EXPECT_FALSE(keeper.renew_now(never).ok());
  EXPECT_EQ(logger.count("identity.renewal_failed"), 2U);
}

TEST_F(IdentityTest, FollowsTheWallClockWhenItJumps) {
  clock.jump_wall(61 * kDay);
  EXPECT_EQ(keeper.step(never), Duration(0));
  clock.jump_wall(-200 * kDay);
  EXPECT_EQ(keeper.step(never), runtime::kIdle);
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::down);  // not yet valid, says the clock
}

TEST_F(IdentityTest, LeavesACertificateThatWasBroughtAlongAlone) {
  const Credential client = testing::issue(root, client_spec());
  keeper.adopt({client.key, {client.certificate}}, RenewedBy::person);
  clock.advance(80 * kDay);
  EXPECT_EQ(keeper.step(never), runtime::kIdle);
  EXPECT_FALSE(keeper.renewal_due().has_value());
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::degraded);
  EXPECT_THAT(keeper.finding()->remedy, HasSubstr("files that [management] names"));
  clock.advance(20 * kDay);
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::down);
  EXPECT_THAT(keeper.finding()->remedy, HasSubstr("files that [management] names"));
}

// Auto-enrollment renews at four fifths.
TEST_F(IdentityTest, LeavesACertificateOfTheMachinesStoreToTheStore) {
  const Credential client = testing::issue(root, client_spec());
  keeper.adopt({client.key, {client.certificate}}, RenewedBy::store);
  clock.advance(80 * kDay);
  EXPECT_EQ(keeper.step(never), runtime::kIdle);
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::ok);
  clock.advance(7 * kDay);
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::degraded);
  EXPECT_THAT(keeper.finding()->remedy, HasSubstr("certutil -pulse"));
}

TEST_F(IdentityTest, HealthSaysWhereItStands) {
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::ok);
  clock.advance(75 * kDay);
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::degraded);
  clock.advance(15 * kDay);
  EXPECT_EQ(keeper.finding()->level(), core::HealthLevel::down);
  EXPECT_THAT(keeper.finding()->remedy, HasSubstr("enroll"));
}

TEST_F(IdentityTest, WithoutOneThereIsNothingToDo) {
  IdentityKeeper none{session, store_};
  EXPECT_EQ(none.step(never), runtime::kIdle);
  EXPECT_FALSE(none.renew_now(never).ok());
  EXPECT_FALSE(none.finding().has_value());
  EXPECT_FALSE(none.not_after().has_value());
}

}  // namespace
}  // namespace certconnector::upstream
