#include "agent/jobs/clock_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core/core_fixture.h"
#include "tests/support/core/fake_time_mark.h"

namespace certconnector::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::FakeClock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ClockGuardTest : public testing::CoreFixture {
 protected:
  void step() { static_cast<void>(guard.step(never)); }
  [[nodiscard]] std::string finding() {
    const auto found = guard.findings(clock.wall());
    return found.empty() ? "" : std::string(found.front().code->name);
  }
  // What a guard of the agent's next life says.
  [[nodiscard]] bool wrong_after_a_restart(Duration off) {
    FakeClock later(clock.wall() + off);
    OperatingMode mode;
    ClockGuard next(mark, mode, storage, later, logger, "set the clock");
    static_cast<void>(next.step(never));
    return mode.clock_is_wrong();
  }

  testing::FakeTimeMark mark;
  ClockGuard guard{mark, operating_mode, storage, clock, logger, "date --set=NOW"};
};

TEST_F(ClockGuardTest, StoresTheTimeAtTheStartAndEachMinute) {
  step();
  EXPECT_EQ(mark.noted, FakeClock::kStart);
  clock.advance(seconds(59));
  step();
  EXPECT_EQ(mark.noted, FakeClock::kStart);
  clock.advance(seconds(1));
  step();
  EXPECT_EQ(mark.noted, FakeClock::kStart + minutes(1));
  EXPECT_THAT(guard.findings(clock.wall()), IsEmpty());
}

TEST_F(ClockGuardTest, AClockBehindTheStoredTimeStopsTheWorkUntilItIsRight) {
  mark.noted = FakeClock::kStart + hours(1);
  step();
  EXPECT_EQ(operating_mode.state(), OperatingState::clock_wrong);
  EXPECT_FALSE(operating_mode.may_submit());
  EXPECT_FALSE(operating_mode.may_maintain());
  const auto found = guard.findings(clock.wall());
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.front().code, &core::finding::kClockWrong);
  EXPECT_THAT(found.front().message,
              HasSubstr("2026-01-01T00:00:00Z, which is before 2026-01-01T01:00:00Z"));
  EXPECT_THAT(found.front().remedy, HasSubstr("certconnector clock accept"));
  EXPECT_EQ(mark.noted, FakeClock::kStart + hours(1)) << "a wrong time is not stored";
  clock.jump_wall(hours(1));
  step();
  EXPECT_TRUE(operating_mode.may_submit());
  EXPECT_EQ(finding(), "");
}

TEST_F(ClockGuardTest, WarnsFromOneMinuteOn) {
  mark.noted = FakeClock::kStart + minutes(2);
  step();
  EXPECT_EQ(finding(), "clock_doubtful");
  EXPECT_TRUE(operating_mode.may_submit());
  EXPECT_EQ(mark.noted, FakeClock::kStart + minutes(2));
}

TEST_F(ClockGuardTest, TheEndpointContradictsAtOnce) {
  step();
  guard.saw_time(FakeClock::kStart - hours(2));
  EXPECT_EQ(operating_mode.state(), OperatingState::clock_wrong);
  EXPECT_THAT(guard.findings(clock.wall()).front().message,
              HasSubstr("2026-01-01T00:00:00Z, the management endpoint's 2025-12-31T22:00:00Z"));
  clock.jump_wall(-hours(2));
  step();
  EXPECT_TRUE(operating_mode.may_submit()) << "the stored time was of the wrong clock";
  EXPECT_EQ(mark.noted, FakeClock::kStart - hours(2));
}

TEST_F(ClockGuardTest, WhatTheEndpointSaidLastsAsTimePasses) {
  step();
  guard.saw_time(FakeClock::kStart);
  clock.advance(hours(10));
  step();
  EXPECT_EQ(finding(), "");
  clock.jump_wall(hours(2));
  step();
  EXPECT_EQ(finding(), "clock_wrong");
}

TEST_F(ClockGuardTest, APersonsWordOutweighsBothUntilTheDifferenceGrows) {
  mark.noted = FakeClock::kStart + hours(1);
  guard.saw_time(FakeClock::kStart + hours(5));
  step();
  ASSERT_TRUE(operating_mode.clock_is_wrong());
  ASSERT_TRUE(guard.accept().ok());
  EXPECT_FALSE(operating_mode.clock_is_wrong());
  EXPECT_EQ(mark.noted, FakeClock::kStart);
  EXPECT_EQ(finding(), "");
  guard.saw_time(FakeClock::kStart + hours(7));
  EXPECT_TRUE(operating_mode.clock_is_wrong());
  EXPECT_THAT(guard.findings(clock.wall()).front().message,
              HasSubstr("the management endpoint's 2026-01-01T07:00:00Z"));
  guard.saw_time(FakeClock::kStart);
  EXPECT_EQ(finding(), "") << "the endpoint's clock is right by now";
}

TEST_F(ClockGuardTest, AClockThatJumpsAheadWhileTheAgentRunsIsStoredOnceItIsConfirmed) {
  step();
  clock.jump_wall(hours(24 * 365));
  step();
  EXPECT_EQ(mark.noted, FakeClock::kStart);
  EXPECT_FALSE(wrong_after_a_restart(-hours(24 * 365)));
  guard.saw_time(clock.wall());
  step();
  EXPECT_EQ(mark.noted, clock.wall());
}

TEST_F(ClockGuardTest, ARestartRemembers) {
  step();
  clock.advance(hours(3));
  step();
  EXPECT_FALSE(wrong_after_a_restart(-minutes(4)));
  EXPECT_TRUE(wrong_after_a_restart(-minutes(6)));
}

TEST_F(ClockGuardTest, LogsEachChangeOnce) {
  mark.noted = FakeClock::kStart + hours(1);
  step();
  step();
  clock.jump_wall(hours(1));
  step();
  step();
  EXPECT_EQ(logger.count("clock.wrong"), 1U);
  EXPECT_EQ(logger.count("clock.right"), 1U);
}

TEST_F(ClockGuardTest, APastThatCannotBeReadStopsTheWorkAsAFailingStorage) {
  mark.refusal = store.disk_full();
  step();
  EXPECT_FALSE(operating_mode.may_submit());
  EXPECT_TRUE(operating_mode.storage_is_failing());
}

}  // namespace
}  // namespace certconnector::jobs
