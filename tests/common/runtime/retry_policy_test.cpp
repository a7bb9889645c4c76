#include "common/runtime/retry_policy.h"

#include <gtest/gtest.h>

#include "tests/support/core/core_fixture.h"

namespace certconnector::runtime {
namespace {

using testing::FixedRandom;

struct Case {
  Duration previous;
  double drawn;
  std::optional<Duration> retry_after;
  Duration expected;
};

TEST(RetryPolicy, DrawsBetweenBaseAndThreeTimesThePrevious) {
  const RetryPolicy policy{Duration(1000), Duration(60000)};
  const Case cases[] = {
      {Duration(0), 0.0, {}, Duration(1000)},                  // the first wait is the base
      {Duration(0), 0.99, {}, Duration(1000)},                 // there is nothing to draw from
      {Duration(1000), 0.0, {}, Duration(1000)},               // never under the base
      {Duration(1000), 0.5, {}, Duration(2000)},               // half-way to 3000
      {Duration(10000), 0.5, {}, Duration(15500)},             // half-way to 30000
      {Duration(50000), 0.99, {}, Duration(60000)},            // the cap
      {Duration(9000000), 0.99, {}, Duration(60000)},          // the cap, also for a wild previous
      {Duration(0), 0.0, Duration(5000), Duration(5000)},      // Retry-After is longer
      {Duration(10000), 0.5, Duration(100), Duration(15500)},  // Retry-After is shorter
      {Duration(0), 0.0, Duration(120000), Duration(120000)},  // longer than the cap: believed
      {Duration(0), 0.0, std::chrono::hours(999), std::chrono::hours(24)},  // but not for ever
  };
  for (const Case& c : cases) {
    FixedRandom random(c.drawn);
    EXPECT_EQ(policy.next(c.previous, c.retry_after, random), c.expected)
        << c.previous.count() << " " << c.drawn;
  }
}

TEST(RetryPolicy, SpreadsWithTheSystemsRandomness) {
  SystemRandom random;
  const RetryPolicy policy{Duration(1000), Duration(60000)};
  Duration previous(0);
  for (int i = 0; i < 1000; ++i) {
    previous = policy.next(previous, std::nullopt, random);
    ASSERT_GE(previous, policy.base);
    ASSERT_LE(previous, policy.cap);
  }
}

TEST(Backoff, GrowsUntilItSucceeds) {
  FixedRandom random(0.5);
  Backoff backoff({Duration(1000), Duration(60000)}, random);
  EXPECT_FALSE(backoff.failing());
  EXPECT_EQ(backoff.failed(), Duration(1000));
  EXPECT_EQ(backoff.failed(), Duration(2000));
  EXPECT_TRUE(backoff.failing());
  backoff.succeeded();
  EXPECT_FALSE(backoff.failing());
  EXPECT_EQ(backoff.failed(), Duration(1000));
}

}  // namespace
}  // namespace certconnector::runtime
