#include "agent/enrollment/one_time_password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace certconnector::enrollment {
namespace {

using ::testing::AllOf;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(OneTimePassword, HasTheLengthAndNoCharactersThatLookAlike) {
  for (const std::size_t length : {kMinPasswordLength, std::size_t{16}, kMaxPasswordLength}) {
    const OneTimePassword made = make_one_time_password(length);
    EXPECT_EQ(made.password.size(), length);
    EXPECT_THAT(made.id, AllOf(StartsWith("otp-"), SizeIs(14)));
    EXPECT_EQ(made.id.find_first_not_of("0123456789abcdef", 4), std::string::npos) << made.id;
  }
}

TEST(OneTimePassword, TakesEachCharacterAboutAsOften) {
  std::map<char, int> count;
  std::set<std::string> ids;
  constexpr int kPasswords = 8000;
  for (int i = 0; i < kPasswords; ++i) {
    const OneTimePassword made = make_one_time_password(kMaxPasswordLength);
    for (const char c : made.password) ++count[c];
    ids.insert(made.id);
  }
  EXPECT_EQ(ids.size(), kPasswords);
  EXPECT_EQ(count.size(), 56U);
  for (const char c : {'0', 'O', 'o', '1', 'I', 'l'}) EXPECT_EQ(count.count(c), 0U) << c;
  // The mean is 9,143 and the deviation 95. By a plain remainder 32 of the characters had 10,000.
  for (const auto& [c, times] : count) {
    EXPECT_GT(times, 8480) << c;
    EXPECT_LT(times, 9800) << c;
  }
}

}  // namespace
}  // namespace certconnector::enrollment
