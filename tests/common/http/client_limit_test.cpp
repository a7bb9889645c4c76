#include "common/http/client_limit.h"

#include <gtest/gtest.h>

#include "tests/support/capturing_logger.h"
#include "tests/support/fake_clock.h"

namespace certconnector::http::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class ClientLimitTest : public ::testing::Test {
 protected:
  certconnector::testing::FakeClock clock_;
  certconnector::testing::CapturingLogger log_;
  ClientLimit limit_{{"test.limited", "too much"}, clock_, log_};
};

TEST_F(ClientLimitTest, IsOffAtFirstAndWithZero) {
  for (const std::size_t count : {0U, 1U, 0U}) {
    limit_.set(count, minutes(1));
    EXPECT_FALSE(limit_.take("192.0.2.1"));
    EXPECT_EQ(limit_.take("192.0.2.1").has_value(), count != 0);
    EXPECT_EQ(limit_.look("192.0.2.1").has_value(), count != 0);
  }
}

TEST_F(ClientLimitTest, TellsOfAClientOnceUntilItHasKeptQuiet) {
  limit_.set(6, minutes(1));
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(limit_.take("192.0.2.1"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit_.take("192.0.2.1"), seconds(10));
  clock_.advance(seconds(10));
  EXPECT_FALSE(limit_.take("192.0.2.1"));
  EXPECT_TRUE(limit_.take("192.0.2.1"));
  ASSERT_EQ(log_.count("test.limited"), 1U);
  EXPECT_EQ(log_.records("test.limited").front().field("client"), "192.0.2.1");
  EXPECT_EQ(log_.records("test.limited").front().field("seconds"), "10");

  EXPECT_FALSE(limit_.take("192.0.2.2")) << "another client";
  clock_.advance(minutes(2));
  for (int i = 0; i < 7; ++i) static_cast<void>(limit_.take("192.0.2.1"));
  EXPECT_EQ(log_.count("test.limited"), 2U);
}

TEST_F(ClientLimitTest, LookingTakesNothingAndCountingRefusesNothing) {
  limit_.set(2, minutes(1));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limit_.look("192.0.2.1"));
  for (int i = 0; i < 5; ++i) limit_.count("192.0.2.1");
  EXPECT_EQ(log_.count("test.limited"), 0U);
  EXPECT_EQ(limit_.look("192.0.2.1"), seconds(90)) << "two at once, and two more are owed";
  EXPECT_EQ(log_.count("test.limited"), 1U);
  clock_.advance(seconds(89));
  EXPECT_TRUE(limit_.look("192.0.2.1"));
  clock_.advance(seconds(1));
  EXPECT_FALSE(limit_.look("192.0.2.1"));
}

// As guesses come: many pass the look before the first is counted.
TEST_F(ClientLimitTest, BurstsThatLookBeforeTheyAreCountedDoNotMultiplyTheLimit) {
  constexpr int kLimit = 600;
  constexpr int kBurst = 1000;
  limit_.set(kLimit, std::chrono::hours(1));
  int happened = 0;
  for (int i = 0; i < 10 * 600; ++i) {  // ten hours of bursts, one every six seconds
    if (!limit_.look("192.0.2.1")) {
      for (int n = 0; n < kBurst; ++n) limit_.count("192.0.2.1");
      happened += kBurst;
    }
    clock_.advance(seconds(6));
  }
  EXPECT_LE(happened, 11 * kBurst) << "each burst shuts it out for about an hour";
  EXPECT_GT(log_.count("test.limited"), 0U);
}

TEST_F(ClientLimitTest, TheSameLimitAgainForgetsNothingAndAnotherBeginsAnew) {
  limit_.set(1, minutes(1));
  EXPECT_FALSE(limit_.take("192.0.2.1"));
  limit_.set(1, minutes(1));
  EXPECT_TRUE(limit_.take("192.0.2.1"));
  limit_.set(1, minutes(2));
  EXPECT_FALSE(limit_.take("192.0.2.1"));
}

TEST(TooManyRequests, SaysWhenToComeBack) {
  const Response response = too_many_requests(seconds(7));
  EXPECT_EQ(response.status, 429U);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0], std::pair(std::string("Retry-After"), std::string("7")));
}

}  // namespace
}  // namespace certconnector::http::testing
