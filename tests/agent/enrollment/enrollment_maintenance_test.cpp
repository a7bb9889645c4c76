#include "agent/enrollment/enrollment_maintenance.h"

#include <gmock/gmock.h>

#include "tests/support/core/core_fixture.h"
#include "tests/support/core/fake_challenge_ledger.h"
#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::enrollment {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EnrollmentMaintenanceTest : public testing::CoreFixture {
 protected:
  testing::FakeEnrollmentLedger enrollments_;
  testing::FakeChallengeLedger challenges_;
};

TEST_F(EnrollmentMaintenanceTest, ForgetsOnlyAfterAnHourAndWhatEndedADayAgo) {
  EnrollmentMaintenance caretaker(enrollments_, challenges_, storage, clock, logger);
  EXPECT_EQ(caretaker.step(never), std::chrono::hours(1));
  EXPECT_THAT(challenges_.purges, IsEmpty());
  clock.advance(std::chrono::hours(1));
  const Timestamp right = clock.wall() - std::chrono::hours(24);
  EXPECT_EQ(caretaker.step(never), std::chrono::minutes(10));
  clock.jump_wall(std::chrono::hours(24 * 365 * 30));
  static_cast<void>(caretaker.step(never));
  EXPECT_THAT(challenges_.purges, ElementsAre(right, right))
      << "a clock that jumps changes nothing";
}

TEST_F(EnrollmentMaintenanceTest, GoesOnPieceByPieceAndStopsWhenTheStoreFails) {
  EnrollmentMaintenanceSettings settings;
  settings.patience = Duration(0);
  settings.batch = 0;  // every piece is a full one
  EnrollmentMaintenance caretaker(enrollments_, challenges_, storage, clock, logger, settings);
  EXPECT_EQ(caretaker.step(never), std::chrono::milliseconds(10));
  enrollments_.failure = testing::FakeJobStore::disk_full();
  challenges_.failure = testing::FakeJobStore::disk_full();
  EXPECT_EQ(caretaker.step(never), std::chrono::minutes(10));
  EXPECT_TRUE(operating_mode.storage_is_failing());
}

}  // namespace
}  // namespace certconnector::enrollment
