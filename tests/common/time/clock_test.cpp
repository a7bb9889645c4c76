#include "common/time/clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace certconnector {
namespace {

TEST(SystemClock, StartsAtTheWallClockAndNeverGoesBack) {
  const SystemClock clock;
  const Timestamp wall = clock.wall();
  const Timestamp first = clock.now();
  EXPECT_LT(std::chrono::abs(wall - first), std::chrono::minutes(1));
  EXPECT_GE(clock.now(), first);
}

TEST(FakeClock, AdvanceMovesBothAndAJumpOnlyTheWall) {
  testing::FakeClock clock;
  clock.advance(std::chrono::seconds(5));
  clock.jump_wall(-std::chrono::hours(1));
  EXPECT_EQ(clock.now() - testing::FakeClock::kStart, std::chrono::seconds(5));
  EXPECT_EQ(clock.wall() - testing::FakeClock::kStart,
            std::chrono::seconds(5) - std::chrono::hours(1));
}

TEST(Timestamp, RoundTripsThroughMilliseconds) {
  EXPECT_EQ(to_millis(from_millis(-1)), -1);
  EXPECT_EQ(to_millis(from_millis(1767225600123)), 1767225600123);
}

}  // namespace
}  // namespace certconnector
