#include "agent/enrollment/revocable_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/core/fake_challenge_ledger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeChallengeLedger;
using certconnector::testing::FakeClock;

class ScriptedCheck final : public ChallengeCheck {
 public:
  explicit ScriptedCheck(CheckAnswer answer) : answer_(std::move(answer)) {}
  CheckAnswer check(const ChallengeQuery&, Timestamp) const override { return answer_; }

 private:
  CheckAnswer answer_;
};

CheckAnswer revocable_answer(FakeChallengeLedger& ledger, CheckAnswer inner) {
  const RevocableCheck check(std::make_shared<ScriptedCheck>(std::move(inner)), ledger);
  const auto request = ca::testing::make_request({});
  return check.check({"phones", "password", request}, FakeClock::kStart);
}

TEST(RevocableCheck, DeniesWithdrawnChallengesAndNothingElse) {
  FakeChallengeLedger ledger;
  ChallengeAuthorization permit;
  permit.id = "key:1";
  permit.device = "device-7";
  EXPECT_TRUE(std::holds_alternative<ChallengeAuthorization>(revocable_answer(ledger, permit)));
  ledger.revoked.push_back({"key:1", FakeClock::kStart, "alice", FakeClock::kStart});
  const CheckAnswer refused = revocable_answer(ledger, permit);
  ASSERT_TRUE(std::holds_alternative<Denied>(refused));
  EXPECT_EQ(std::get<Denied>(refused).reason.code, "challenge_revoked");
  EXPECT_EQ(std::get<Denied>(refused).challenge, "key:1");
  EXPECT_EQ(std::get<Denied>(refused).device, "device-7");
  permit.id = "key:2";
  EXPECT_TRUE(std::holds_alternative<ChallengeAuthorization>(revocable_answer(ledger, permit)));
}

TEST(RevocableCheck, PassesDenialsOnAndMakesNoneOfALedgerThatFails) {
  FakeChallengeLedger ledger;
  ledger.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "busy");
  const Denied expired{core::failed(core::failure::kChallengeExpired, "over"), "key:1"};
  const CheckAnswer refused = revocable_answer(ledger, expired);
  EXPECT_EQ(std::get<Denied>(refused).reason.code, "challenge_expired");
  EXPECT_EQ(std::get<Denied>(refused).challenge, "key:1");
  EXPECT_TRUE(
      std::holds_alternative<Unavailable>(revocable_answer(ledger, ChallengeAuthorization{})));
}

}  // namespace
}  // namespace certconnector::enrollment
