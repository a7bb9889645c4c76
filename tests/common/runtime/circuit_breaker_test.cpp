#include "common/runtime/circuit_breaker.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace certconnector::runtime {
namespace {

constexpr Timestamp kNow = testing::FakeClock::kStart;
constexpr BreakerSettings kSettings{3, std::chrono::seconds(30)};

TEST(CircuitBreaker, OpensAfterSoManyFailuresInARow) {
  CircuitBreaker breaker(kSettings);
  breaker.failed(kNow, {});
  breaker.failed(kNow, {});
  breaker.succeeded();  // the row is broken
  breaker.failed(kNow, {});
  breaker.failed(kNow, {});
  EXPECT_TRUE(breaker.allows(kNow));
  breaker.failed(kNow, {});
  EXPECT_EQ(breaker.state(kNow), BreakerState::open);
  EXPECT_FALSE(breaker.allows(kNow));
  EXPECT_EQ(breaker.opens_until(), kNow + kSettings.open_for);
}

TEST(CircuitBreaker, LetsOneProbeThroughAfterItsTime) {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) breaker.failed(kNow, {});
  const Timestamp later = kNow + kSettings.open_for;
  EXPECT_EQ(breaker.state(later), BreakerState::half_open);
  EXPECT_TRUE(breaker.allows(later));
  breaker.started(later);
  EXPECT_FALSE(breaker.allows(later));
  breaker.succeeded();
  EXPECT_EQ(breaker.state(later), BreakerState::closed);
}

TEST(CircuitBreaker, OpensAgainWhenTheProbeFails) {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) breaker.failed(kNow, {});
  const Timestamp later = kNow + kSettings.open_for;
  breaker.started(later);
  breaker.failed(later, {});
  EXPECT_FALSE(breaker.allows(later));
  EXPECT_EQ(breaker.opens_until(), later + kSettings.open_for);
}

TEST(CircuitBreaker, ForgetsAProbeThatNeverReachedTheCa) {
  CircuitBreaker breaker(kSettings);
  for (int i = 0; i < 3; ++i) breaker.failed(kNow, {});
  const Timestamp later = kNow + kSettings.open_for;
  breaker.started(later);
  breaker.abandoned();
  EXPECT_TRUE(breaker.allows(later));
}

TEST(CircuitBreaker, OpensAtOnceWhenTheCaAsksToBeLeftAlone) {
  CircuitBreaker breaker(kSettings);
  breaker.failed(kNow, std::chrono::minutes(5));
  EXPECT_FALSE(breaker.allows(kNow + std::chrono::minutes(4)));
  EXPECT_TRUE(breaker.allows(kNow + std::chrono::minutes(5)));
}

TEST(CircuitBreaker, HasNamesForStatus) {
  EXPECT_EQ(to_string(BreakerState::closed), "closed");
  EXPECT_EQ(to_string(BreakerState::open), "open");
  EXPECT_EQ(to_string(BreakerState::half_open), "half_open");
}

}  // namespace
}  // namespace certconnector::runtime
