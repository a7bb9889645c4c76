#include "common/http/rate_limiter.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace certconnector::http::testing {
namespace {

using certconnector::testing::FakeClock;
using std::chrono::seconds;

constexpr Timestamp kNow = FakeClock::kStart;

// One request in ten seconds, three at once.
RateLimit slow() { return {6, Duration(60000), 3, 100}; }

std::size_t allowed_at_once(RateLimiter& limiter, const std::string& address, Timestamp now) {
  std::size_t count = 0;
  while (limiter.allow(address, now)) ++count;
  return count;
}

TEST(RateLimiter, ABurstThenTheRate) {
  RateLimiter limiter(slow());
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 3U);
  EXPECT_EQ(limiter.retry_after("192.0.2.1", kNow), seconds(10));
  EXPECT_FALSE(limiter.allow("192.0.2.1", kNow + Duration(9999)));
  EXPECT_EQ(limiter.retry_after("192.0.2.1", kNow + Duration(9999)), seconds(1));
  EXPECT_TRUE(limiter.allow("192.0.2.1", kNow + Duration(10000)));
  EXPECT_FALSE(limiter.allow("192.0.2.1", kNow + Duration(10000)));
}

TEST(RateLimiter, APauseFillsTheBucketAndNoMore) {
  RateLimiter limiter(slow());
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 3U);
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow + Duration(20000)), 2U);
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow + std::chrono::hours(24)), 3U);
}

TEST(RateLimiter, ClientsAreAddressesOrHalvesOfIpv6) {
  struct Row {
    const char* one;
    const char* other;
    bool same;
  };
  for (const Row& row : {
           Row{"192.0.2.1", "192.0.2.2", false},
           Row{"192.0.2.1", "::ffff:192.0.2.1", true},
           Row{"2001:db8::1", "2001:db8::2", true},
           Row{"2001:db8::1", "2001:db8:0:0:ffff::1", true},
           Row{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
           Row{"192.0.2.1", "c000:201::", false},
           Row{"", "192.0.2.1", false},
           Row{"", "", true},
       }) {
    RateLimiter limiter(slow());
    EXPECT_EQ(allowed_at_once(limiter, row.one, kNow), 3U);
    EXPECT_EQ(limiter.allow(row.other, kNow), !row.same) << row.one << " " << row.other;
  }
}

TEST(RateLimiter, ForgetsTheClientSeenLongestAgo) {
  RateLimit limit = slow();
  limit.max_clients = 2;
  RateLimiter limiter(limit);
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 3U);
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.2", kNow), 3U);
  EXPECT_FALSE(limiter.allow("192.0.2.1", kNow));  // seen again
  EXPECT_TRUE(limiter.allow("192.0.2.3", kNow));
  EXPECT_FALSE(limiter.allow("192.0.2.1", kNow));
  EXPECT_TRUE(limiter.allow("192.0.2.2", kNow));  // forgotten
}

TEST(RateLimiter, LookingTakesNothing) {
  RateLimiter limiter(slow());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.would_allow("192.0.2.1", kNow));
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 3U);
  EXPECT_FALSE(limiter.would_allow("192.0.2.1", kNow + Duration(9999)));
  EXPECT_TRUE(limiter.would_allow("192.0.2.1", kNow + Duration(10000)));
}

TEST(RateLimiter, WhatHasHappenedIsOwedUpToASecondBurst) {
  struct Row {
    int recorded;
    seconds wait;
  };
  for (const Row& row : {Row{2, seconds(0)}, Row{3, seconds(10)}, Row{4, seconds(20)},
                         Row{6, seconds(40)}, Row{7, seconds(40)}, Row{5000, seconds(40)}}) {
    RateLimiter limiter(slow());
    for (int i = 0; i < row.recorded; ++i) limiter.record("192.0.2.1", kNow);
    if (row.wait.count() != 0) {
      EXPECT_FALSE(limiter.would_allow("192.0.2.1", kNow + row.wait - Duration(1))) << row.recorded;
      EXPECT_EQ(limiter.retry_after("192.0.2.1", kNow), row.wait) << row.recorded;
    }
    EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow + row.wait), 1U) << row.recorded;
    EXPECT_TRUE(limiter.allow("192.0.2.2", kNow)) << "another client";
  }
}

TEST(RateLimiter, RecordingReportsTheNextDenialAfterAPause) {
  RateLimiter limiter(slow());
  for (int i = 0; i < 3; ++i) limiter.record("192.0.2.1", kNow);
  EXPECT_TRUE(limiter.is_first_refusal("192.0.2.1"));
  limiter.record("192.0.2.1", kNow + Duration(10000));
  EXPECT_FALSE(limiter.is_first_refusal("192.0.2.1")) << "it goes on";
  limiter.record("192.0.2.1", kNow + Duration(60000));
  EXPECT_TRUE(limiter.is_first_refusal("192.0.2.1"));
}

TEST(RateLimiter, ReportsTheFirstDenialOnceUntilTheBucketWasFull) {
  RateLimiter limiter(slow());
  EXPECT_FALSE(limiter.is_first_refusal("192.0.2.1")) << "it was never seen";
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 3U);
  EXPECT_TRUE(limiter.is_first_refusal("192.0.2.1"));
  EXPECT_FALSE(limiter.is_first_refusal("192.0.2.1"));
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow + Duration(20000)), 2U);
  EXPECT_FALSE(limiter.is_first_refusal("192.0.2.1")) << "it goes on";
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow + Duration(50000)), 3U);
  EXPECT_TRUE(limiter.is_first_refusal("192.0.2.1"));
}

TEST(RateLimiter, RatesOfManyInAMillisecond) {
  RateLimiter limiter({5000, Duration(1000), 10, 10});
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 10U);
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow + Duration(1)), 5U);
}

TEST(RateLimiter, ZeroCountsAsOne) {
  RateLimiter limiter({0, Duration(1000), 0, 0});
  EXPECT_EQ(allowed_at_once(limiter, "192.0.2.1", kNow), 1U);
  EXPECT_EQ(limiter.retry_after("192.0.2.1", kNow), seconds(1));
  EXPECT_EQ(limiter.retry_after("192.0.2.9", kNow), seconds(1));
}

}  // namespace
}  // namespace certconnector::http::testing
