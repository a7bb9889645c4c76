#include "agent/jobs/clock_judgement.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace certconnector::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kMoment = testing::FakeClock::kStart;

ClockStanding with_stored(Duration ahead) {
  return judge({kMoment, kMoment + ahead, std::nullopt});
}
ClockStanding with_endpoint(Duration ahead) {
  return judge({kMoment, std::nullopt, kMoment + ahead});
}

TEST(ClockJudgement, AClockThatNothingContradictsIsRight) {
  EXPECT_EQ(judge({kMoment, std::nullopt, std::nullopt}), ClockStanding::right);
  EXPECT_EQ(with_stored(Duration(0)), ClockStanding::right);
  EXPECT_EQ(with_stored(-hours(24 * 365)), ClockStanding::right);
  EXPECT_EQ(with_endpoint(Duration(0)), ClockStanding::right);
}

TEST(ClockJudgement, StoredTimesWarnFromOneMinuteAndForbidFromFive) {
  EXPECT_EQ(with_stored(minutes(1)), ClockStanding::right);
  EXPECT_EQ(with_stored(minutes(1) + seconds(1)), ClockStanding::behind);
  EXPECT_EQ(with_stored(minutes(5)), ClockStanding::behind);
  EXPECT_EQ(with_stored(minutes(5) + seconds(1)), ClockStanding::wrong_behind);
}

TEST(ClockJudgement, TheEndpointWarnsFromOneMinuteAndForbidsFromOneHourBothWays) {
  for (const int way : {1, -1}) {
    EXPECT_EQ(with_endpoint(way * minutes(1)), ClockStanding::right);
    EXPECT_EQ(with_endpoint(way * (minutes(1) + seconds(1))), ClockStanding::differs);
    EXPECT_EQ(with_endpoint(way * hours(1)), ClockStanding::differs);
    EXPECT_EQ(with_endpoint(way * (hours(1) + seconds(1))), ClockStanding::wrong);
  }
}

TEST(ClockJudgement, AnEndpointThatAgreesOutweighsWhatIsStored) {
  EXPECT_EQ(judge({kMoment, kMoment + hours(24 * 365), kMoment + seconds(30)}),
            ClockStanding::right);
  EXPECT_EQ(judge({kMoment, kMoment + hours(24 * 365), kMoment + minutes(2)}),
            ClockStanding::wrong_behind);
  EXPECT_EQ(judge({kMoment, kMoment, kMoment + hours(2)}), ClockStanding::wrong);
}

TEST(ClockJudgement, OnlyAWrongClockStopsWork) {
  EXPECT_TRUE(is_wrong(ClockStanding::wrong));
  EXPECT_TRUE(is_wrong(ClockStanding::wrong_behind));
  for (const ClockStanding standing :
       {ClockStanding::right, ClockStanding::differs, ClockStanding::behind}) {
    EXPECT_FALSE(is_wrong(standing));
  }
}

}  // namespace
}  // namespace certconnector::jobs
