#include "agent/enrollment/static_challenge_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/enrollment/errors.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/fake_clock.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeClock;
using ::testing::HasSubstr;
using ::testing::Not;

CheckAnswer shared_secret_answer(const ChallengeCheck& check, std::string_view password) {
  const auto request = ca::testing::make_request({});
  return check.check({"lab", password, request}, FakeClock::kStart);
}

TEST(StaticChallengeCheck, LetsEveryRequestThroughThatKnowsThePassword) {
  const auto check = StaticChallengeCheck::make("laboratory one");
  ASSERT_TRUE(check.ok()) << check.error().message();
  const CheckAnswer answer = shared_secret_answer(*check, "laboratory one");
  const auto* authorization = std::get_if<ChallengeAuthorization>(&answer);
  ASSERT_NE(authorization, nullptr);
  EXPECT_EQ(authorization->id, "static");
  EXPECT_FALSE(authorization->single_use);
  EXPECT_FALSE(authorization->template_name || authorization->sid);
  EXPECT_FALSE(authorization->expected.subject || authorization->expected.subject_alt_names);
  EXPECT_FALSE(authorization->expected.key_usage || authorization->expected.extended_key_usage);
  EXPECT_EQ(authorization->not_after, Timestamp::max());
}

TEST(StaticChallengeCheck, DeniesAnyOtherPasswordWithoutQuotingIt) {
  const StaticChallengeCheck check("laboratory one");
  const std::pair<const char*, const char*> rows[] = {{"", "challenge_missing"},
                                                      {"laboratory two", "challenge_wrong"},
                                                      {"laboratory one ", "challenge_wrong"},
                                                      {"laboratory", "challenge_wrong"}};
  for (const auto& [password, code] : rows) {
    const CheckAnswer answer = shared_secret_answer(check, password);
    const auto* refused = std::get_if<Denied>(&answer);
    ASSERT_NE(refused, nullptr) << password;
    EXPECT_EQ(refused->reason.code, code) << password;
    EXPECT_THAT(refused->reason.message, Not(HasSubstr("laboratory"))) << password;
  }
}

TEST(StaticChallengeCheck, DeniesATooShortPasswordWithoutQuotingIt) {
  const auto weak = StaticChallengeCheck::make("short");
  ASSERT_FALSE(weak.ok());
  EXPECT_EQ(weak.error().code(), error_code(EnrollmentErrc::weak_secret));
  EXPECT_THAT(weak.error().message(), Not(HasSubstr("short ")));
  EXPECT_TRUE(StaticChallengeCheck::make("eight ch").ok());
}

}  // namespace
}  // namespace certconnector::enrollment
