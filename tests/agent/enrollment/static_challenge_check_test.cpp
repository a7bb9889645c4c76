#include "agent/enrollment/static_challenge_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/enrollment/errors.h"
#include "agent/platform/errors.h"
#include "tests/agent/ca/request_builder.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::FakeClock;
using certconnector::testing::TempDirectory;
using ::testing::HasSubstr;
using ::testing::Not;

std::string secret_file(const TempDirectory& folder, std::string_view contents) {
  std::string path = folder.write("challenge", contents);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

CheckAnswer shared_secret_answer(const ChallengeCheck& check, std::string_view password) {
  const auto request = ca::testing::make_request({});
  return check.check({"lab", password, request}, FakeClock::kStart);
}

TEST(StaticChallengeCheck, LetsEveryRequestThroughThatKnowsThePassword) {
  const TempDirectory folder;
  const auto check = StaticChallengeCheck::from_file(secret_file(folder, "laboratory one\n"));
  ASSERT_TRUE(check.ok()) << check.error().message();
  const CheckAnswer answer = shared_secret_answer(*check, "laboratory one");
  const auto* permit = std::get_if<Permit>(&answer);
  ASSERT_NE(permit, nullptr);
  EXPECT_EQ(permit->id, "static");
  EXPECT_FALSE(permit->single_use);
  EXPECT_FALSE(permit->template_name || permit->sid);
  EXPECT_FALSE(permit->expected.subject || permit->expected.subject_alt_names);
  EXPECT_FALSE(permit->expected.key_usage || permit->expected.extended_key_usage);
  EXPECT_EQ(permit->not_after, Timestamp::max());
}

TEST(StaticChallengeCheck, RefusesAnyOtherPasswordWithoutQuotingIt) {
  const StaticChallengeCheck check("laboratory one");
  const std::pair<const char*, const char*> rows[] = {{"", "challenge_missing"},
                                                      {"laboratory two", "challenge_wrong"},
                                                      {"laboratory one ", "challenge_wrong"},
                                                      {"laboratory", "challenge_wrong"}};
  for (const auto& [password, code] : rows) {
    const CheckAnswer answer = shared_secret_answer(check, password);
    const auto* refused = std::get_if<Refusal>(&answer);
    ASSERT_NE(refused, nullptr) << password;
    EXPECT_EQ(refused->reason.code, code) << password;
    EXPECT_THAT(refused->reason.message, Not(HasSubstr("laboratory"))) << password;
  }
}

TEST(StaticChallengeCheck, AFileThatHoldsNoGoodPasswordIsRefused) {
  const TempDirectory folder;
  const auto missing = StaticChallengeCheck::from_file(folder.file("missing"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), platform::error_code(platform::PlatformErrc::not_found));
  const auto weak = StaticChallengeCheck::from_file(secret_file(folder, "short\n"));
  ASSERT_FALSE(weak.ok());
  EXPECT_EQ(weak.error().code(), error_code(RegistrationErrc::weak_secret));
  EXPECT_THAT(weak.error().message(), Not(HasSubstr("short\n")));
  const std::string open = folder.write("open", "laboratory one");
  std::filesystem::permissions(open, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_FALSE(StaticChallengeCheck::from_file(open).ok());
}

}  // namespace
}  // namespace certconnector::enrollment
