#include "agent/enrollment/endpoint_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "agent/core/security_identifier.h"
#include "agent/enrollment/revocable_check.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_challenge_ledger.h"
#include "tests/support/core/fake_challenge_validator.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeClock;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kEndpointPassword = "only-the-endpoint-knows";

core::ChallengeAccepted full_grant() {
  core::ChallengeAccepted grant;
  grant.id = "cloud:7";
  grant.device = "device-7";
  grant.template_name = "device";
  grant.expected.subject = "CN=dev1,O=Test";
  grant.good_for = std::chrono::hours(1);
  return grant;
}

class EndpointCheckTest : public ::testing::Test {
 protected:
  CheckAnswer answer(const core::ChallengeVerdict& verdict,
                     const ca::testing::RequestSpec& spec = {},
                     std::string_view password = kEndpointPassword) {
    validator_.answer_with([verdict](const core::ChallengeQuestion&) { return verdict; });
    return ask(spec, password);
  }
  CheckAnswer ask(const ca::testing::RequestSpec& spec = {},
                  std::string_view password = kEndpointPassword) {
    const auto request = ca::testing::make_request(spec);
    return check_.check({"phones", password, request, "T1", "device"}, clock_.wall());
  }

  FakeClock clock_;
  certconnector::testing::CapturingLogger logger_;
  certconnector::testing::FakeChallengeValidator validator_;
  ChallengeValidationPool validation_pool_{validator_, clock_, logger_, 1};
  EndpointCheck check_{validation_pool_};
};

std::string refusal_code(const CheckAnswer& answer) {
  const auto* refused = std::get_if<Denied>(&answer);
  return refused == nullptr ? "" : refused->reason.code;
}

TEST_F(EndpointCheckTest, AsksWithTheWholeRequestAndPermitsItsContent) {
  const CheckAnswer given = answer(full_grant());
  const auto* permit = std::get_if<ChallengeAuthorization>(&given);
  ASSERT_NE(permit, nullptr) << refusal_code(given);
  EXPECT_EQ(permit->id, "cloud:7");
  EXPECT_EQ(permit->device, "device-7");
  EXPECT_EQ(permit->template_name, "device");
  EXPECT_TRUE(permit->single_use);
  EXPECT_GE(permit->not_after, clock_.wall() + std::chrono::hours(1));
  EXPECT_EQ(permit->expected.subject, "CN=dev1,O=Test");

  const auto asked = validator_.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].service, "phones");
  EXPECT_EQ(asked[0].transaction_id, "T1");
  EXPECT_EQ(asked[0].template_name, "device");
  EXPECT_TRUE(crypto::Pkcs10::parse(asked[0].pkcs10).ok());
}

TEST_F(EndpointCheckTest, TheRequestMayHaveNothingThatTheEndpointDoesNotName) {
  struct Row {
    const char* name;
    ca::testing::RequestSpec request;
    const char* code;
  };
  ca::testing::RequestSpec names;
  names.names = {{crypto::GeneralNameKind::dns, "a.example"}};
  ca::testing::RequestSpec usage;
  usage.key_usage = crypto::kDigitalSignature;
  ca::testing::RequestSpec purposes;
  purposes.extended_key_usage = {"1.3.6.1.5.5.7.3.2"};
  ca::testing::RequestSpec account;
  account.others = {
      {"1.3.6.1.4.1.311.25.2", core::encode_security_identifier("S-1-5-21-1-2-3-1104"), false}};
  ca::testing::RequestSpec subject;
  subject.subject = "CN=admin";
  const Row rows[] = {{"a name", names, "subject_alt_name_mismatch"},
                      {"a key usage", usage, "key_usage_mismatch"},
                      {"a purpose", purposes, "extended_key_usage_mismatch"},
                      {"a SID", account, "sid_not_allowed"},
                      {"another subject", subject, "subject_mismatch"}};
  for (const Row& row : rows) {
    EXPECT_EQ(refusal_code(answer(full_grant(), row.request)), row.code) << row.name;
  }
  core::ChallengeAccepted nothing = full_grant();
  nothing.expected = {};
  EXPECT_EQ(refusal_code(answer(nothing)), "subject_mismatch") << "no subject is not any subject";
}

TEST_F(EndpointCheckTest, NamesTheDeviceOfAnAcceptedChallenge) {
  core::ChallengeAccepted over = full_grant();
  over.good_for = Duration(0);
  core::ChallengeAccepted no_sid = full_grant();
  no_sid.sid = "S-1-5-x";
  core::ChallengeAccepted other_name = full_grant();
  other_name.expected.subject = "CN=admin";
  for (const core::ChallengeAccepted& grant : {over, no_sid, other_name}) {
    const CheckAnswer given = answer(grant);
    ASSERT_TRUE(std::holds_alternative<Denied>(given));
    EXPECT_EQ(std::get<Denied>(given).challenge, "cloud:7") << refusal_code(given);
    EXPECT_EQ(std::get<Denied>(given).device, "device-7") << refusal_code(given);
  }
  const CheckAnswer denied = answer(core::ChallengeDenied{"challenge_expired", "device-7"});
  EXPECT_EQ(std::get<Denied>(denied).device, "") << "the endpoint's text names no device";
}

TEST_F(EndpointCheckTest, DeniesAnExpiredChallengeAndAnInvalidSid) {
  core::ChallengeAccepted grant = full_grant();
  grant.good_for = Duration(0);
  EXPECT_EQ(refusal_code(answer(grant)), "challenge_expired");
  grant = full_grant();
  grant.sid = "S-1-5-x";
  EXPECT_EQ(refusal_code(answer(grant)), "challenge_malformed");
}

TEST_F(EndpointCheckTest, TheEndpointsReasonIsKeptAndOtherCodesAreOne) {
  const std::pair<const char*, const char*> rows[] = {
      {"challenge_expired", "challenge_expired"},
      {"challenge_revoked", "challenge_revoked"},
      {"challenge_used", "challenge_used"},
      {"weak_key", "challenge_refused"},  // clients would get its text
      {"certificate_not_found", "challenge_refused"},
      {"profile_no_longer_targeted", "challenge_refused"},
  };
  for (const auto& [code, known] : rows) {
    const CheckAnswer given = answer(core::ChallengeDenied{code, "its profile is gone"});
    ASSERT_EQ(refusal_code(given), known);
    const std::string& message = std::get<Denied>(given).reason.message;
    EXPECT_THAT(message, HasSubstr(code));
    EXPECT_THAT(message, HasSubstr("its profile is gone"));
  }
}

TEST_F(EndpointCheckTest, LeavesOutATextThatHoldsTheChallenge) {
  const CheckAnswer given = answer(
      core::ChallengeDenied{"challenge_wrong", "unknown: " + std::string(kEndpointPassword)});
  ASSERT_EQ(refusal_code(given), "challenge_wrong");
  EXPECT_THAT(std::get<Denied>(given).reason.message, Not(HasSubstr(kEndpointPassword)));
}

TEST_F(EndpointCheckTest, NoVerdictRevealsTheChallenge) {
  const std::string told = "cannot look up " + std::string(kEndpointPassword);
  const auto words_of = [](const CheckAnswer& given) {
    return std::get<Unavailable>(given).message;
  };
  EXPECT_THAT(words_of(answer(core::VerdictUnavailable{told})), Not(HasSubstr(kEndpointPassword)));
  EXPECT_THAT(std::get<Denied>(answer(core::ChallengeDenied{std::string(kEndpointPassword), ""}))
                  .reason.message,
              Not(HasSubstr(kEndpointPassword)));
  validator_.fail_with(Error(core::CoreErrc::bad_answer, ErrorKind::transient, told));
  EXPECT_THAT(words_of(ask()), Not(HasSubstr(kEndpointPassword)));
}

TEST_F(EndpointCheckTest, WithoutAVerdictItCannotBeChecked) {
  const CheckAnswer later = answer(core::VerdictUnavailable{"the directory is away"});
  ASSERT_TRUE(std::holds_alternative<Unavailable>(later));
  EXPECT_THAT(std::get<Unavailable>(later).message, HasSubstr("the directory is away"));
  validator_.answer_with(nullptr);
  EXPECT_TRUE(std::holds_alternative<Unavailable>(ask()));
}

TEST_F(EndpointCheckTest, WithoutAChallengeNobodyIsAsked) {
  EXPECT_EQ(refusal_code(answer(full_grant(), {}, "")), "challenge_missing");
  EXPECT_TRUE(validator_.asked().empty());
  const auto request = ca::testing::make_request({});
  EXPECT_FALSE(check_.waits({"phones", "", request}));
  EXPECT_TRUE(check_.waits({"phones", kEndpointPassword, request}));
}

TEST_F(EndpointCheckTest, APersonCanWithdrawAChallengeOfTheEndpoint) {
  certconnector::testing::FakeChallengeLedger ledger;
  const RevocableCheck revocable(std::make_shared<EndpointCheck>(validation_pool_), ledger);
  validator_.answer_with([](const core::ChallengeQuestion&) { return full_grant(); });
  const auto request = ca::testing::make_request({});
  const ChallengeQuery query{"phones", kEndpointPassword, request};
  EXPECT_TRUE(revocable.waits(query));
  EXPECT_TRUE(
      std::holds_alternative<ChallengeAuthorization>(revocable.check(query, clock_.wall())));
  ledger.revoked.push_back({"cloud:7", FakeClock::kStart, "alice", FakeClock::kStart});
  EXPECT_EQ(refusal_code(revocable.check(query, clock_.wall())), "challenge_revoked");
}

}  // namespace
}  // namespace certconnector::enrollment
