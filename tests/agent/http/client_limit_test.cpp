#include "agent/http/client_limit.h"

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
  EXPECT_EQ(limit_.look("192.0.2.1"), seconds(30)) << "what was counted beyond is forgiven";
  EXPECT_EQ(log_.count("test.limited"), 1U);
  clock_.advance(seconds(30));
  EXPECT_FALSE(limit_.look("192.0.2.1"));
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
