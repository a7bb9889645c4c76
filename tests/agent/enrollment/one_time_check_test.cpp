#include "agent/enrollment/one_time_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/core/request_check.h"
#include "agent/enrollment/one_time_password.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/core/fake_challenge_ledger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeChallengeLedger;
using certconnector::testing::FakeClock;
using core::ChallengeState;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSecret = "Kf7wQz2mNp4tXe9v";

class OneTimeCheckTest : public ::testing::Test {
 protected:
  OneTimeCheckTest() {
    core::PasswordRecord& record = ledger_.passwords[password_digest(kSecret)];
    record.challenge.id = "otp-1";
    record.challenge.service = "phones";
    record.challenge.valid_until = FakeClock::kStart + std::chrono::hours(1);
  }
  core::PasswordRecord& record() { return ledger_.passwords.begin()->second; }
  CheckAnswer answer(std::string_view password, std::string_view service = "phones") {
    const auto request = ca::testing::make_request({});
    return OneTimeCheck(ledger_).check({service, password, request}, FakeClock::kStart);
  }

  FakeChallengeLedger ledger_;
};

TEST_F(OneTimeCheckTest, PermitsOneCertificateAndExpectsNothingMore) {
  const CheckAnswer given = answer(kSecret);
  const auto* permit = std::get_if<ChallengeAuthorization>(&given);
  ASSERT_NE(permit, nullptr);
  EXPECT_EQ(permit->id, "otp-1");
  EXPECT_TRUE(permit->single_use);
  EXPECT_EQ(permit->not_after, record().challenge.valid_until);
  EXPECT_EQ(permit->device, "");
  EXPECT_FALSE(permit->template_name || permit->sid || permit->expected.subject);
  EXPECT_FALSE(permit->expected.subject_alt_names || permit->expected.key_usage ||
               permit->expected.extended_key_usage);
}

TEST_F(OneTimeCheckTest, ExpectsTheContentGivenWhenItWasMade) {
  record().challenge.device = "device-7";
  record().challenge.template_name = "vpn";
  record().challenge.subject = "CN=Phone 7";
  const CheckAnswer given = answer(kSecret);
  const auto* permit = std::get_if<ChallengeAuthorization>(&given);
  ASSERT_NE(permit, nullptr);
  EXPECT_EQ(permit->device, "device-7");
  EXPECT_EQ(permit->template_name, "vpn");
  EXPECT_EQ(permit->expected.subject, "CN=Phone 7");
  ASSERT_TRUE(permit->expected.subject_alt_names);
  EXPECT_THAT(*permit->expected.subject_alt_names, ::testing::IsEmpty()) << "none, not any";
  const crypto::GeneralName dns{crypto::GeneralNameKind::dns, "phone7.example"};
  record().challenge.subject_alt_names = {dns};
  const CheckAnswer with_name = answer(kSecret);
  EXPECT_THAT(std::get<ChallengeAuthorization>(with_name).expected.subject_alt_names,
              ::testing::Optional(::testing::ElementsAre(dns)));
}

// A thief of the password would add these to be another device.
TEST_F(OneTimeCheckTest, ASubjectLeavesNoNameFree) {
  record().challenge.subject = "CN=dev1,O=Test";
  const auto asks = [&](const std::vector<crypto::GeneralName>& names) {
    ca::testing::RequestSpec spec;
    spec.names = names;
    const auto request = ca::testing::make_request(spec);
    const CheckAnswer given =
        OneTimeCheck(ledger_).check({"phones", kSecret, request}, FakeClock::kStart);
    core::IssueRequest issue;
    issue.expected = std::get<ChallengeAuthorization>(given).expected;
    const auto wrong = core::compare_request(issue, request);
    return wrong ? wrong->code : std::string("passes");
  };
  const crypto::GeneralName administrator{crypto::GeneralNameKind::upn, "administrator@corp"};
  EXPECT_EQ(asks({}), "passes");
  EXPECT_EQ(asks({administrator}), "subject_alt_name_mismatch");
  record().challenge.subject_alt_names = {administrator};
  EXPECT_EQ(asks({administrator}), "passes");
  EXPECT_EQ(asks({}), "subject_alt_name_mismatch");
}

// The enrollment ledger decides which request holds it: a device may repeat its request.
TEST_F(OneTimeCheckTest, APasswordThatIsInUseOrUsedStillPasses) {
  for (const ChallengeState state : {ChallengeState::in_use, ChallengeState::used}) {
    record().state = state;
    record().challenge.valid_until = FakeClock::kStart - std::chrono::hours(1);
    EXPECT_TRUE(std::holds_alternative<ChallengeAuthorization>(answer(kSecret)))
        << to_string(state);
  }
}

TEST_F(OneTimeCheckTest, DeniesWithoutQuotingThePassword) {
  struct Row {
    std::string_view password;
    std::string_view service;
    ChallengeState state;
    const char* code;
    const char* challenge;  // its id: only of a known password
    const char* device;
  };
  record().challenge.device = "device-7";
  const Row rows[] = {
      {"", "phones", ChallengeState::open, "challenge_missing", "", ""},
      {"Kf7wQz2mNp4tXe9w", "phones", ChallengeState::open, "challenge_wrong", "", ""},
      {"kf7wqz2mnp4txe9v", "phones", ChallengeState::open, "challenge_wrong", "", ""},
      {kSecret, "tablets", ChallengeState::open, "challenge_wrong", "", ""},
      {kSecret, "phones", ChallengeState::expired, "challenge_expired", "otp-1", "device-7"},
      {kSecret, "phones", ChallengeState::revoked, "challenge_revoked", "otp-1", "device-7"}};
  for (const Row& row : rows) {
    record().state = row.state;
    const CheckAnswer given = answer(row.password, row.service);
    const auto* refused = std::get_if<Denied>(&given);
    ASSERT_NE(refused, nullptr) << row.code;
    EXPECT_EQ(refused->reason.code, row.code);
    EXPECT_EQ(refused->challenge, row.challenge) << row.code;
    EXPECT_EQ(refused->device, row.device) << row.code;
    EXPECT_THAT(refused->reason.message, Not(HasSubstr("Kf7w")));
  }
}

TEST_F(OneTimeCheckTest, ALedgerThatFailsIsNoDenial) {
  ledger_.failure = Error(core::CoreErrc::bad_answer, ErrorKind::transient, "the disk is full");
  const CheckAnswer given = answer(kSecret);
  const auto* unknown = std::get_if<Unavailable>(&given);
  ASSERT_NE(unknown, nullptr);
  EXPECT_EQ(unknown->message, "the disk is full");
}

}  // namespace
}  // namespace certconnector::enrollment
