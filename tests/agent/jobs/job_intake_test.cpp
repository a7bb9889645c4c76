#include "agent/jobs/job_intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/recording_work.h"

namespace certconnector::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using ::testing::Pair;

const core::CaFingerprint kOtherCa(64, 'b');

class JobIntakeTest : public testing::CoreFixture {
 protected:
  core::NewJob job(const std::string& id, const core::CaFingerprint& issuer = kTestCa) {
    core::NewJob made = leased(issue_job(id), clock);
    made.job.ca = issuer;
    return made;
  }
  core::NewJob refused(const std::string& id) {
    core::NewJob made = job(id);
    made.rejection = core::failed(core::failure::kBadJob, "no");
    return made;
  }
  core::NewJob conflicting(const std::string& id) {
    core::NewJob made = job(id);
    made.job.key.digest[0] ^= 1U;
    return made;
  }
  bool reporters_woke() { return reporter_loop.wait(Duration(0), never); }

  testing::RecordingWork work_{intake};
  Wakeup reporter_loop;
  const runtime::Subscription reporting{intake.to_report(), reporter_loop};
};

TEST_F(JobIntakeTest, NewJobsWakeTheWorkersOfTheirCa) {
  ASSERT_TRUE(intake.insert({job("a"), job("b"), job("c", kOtherCa)}).ok());
  EXPECT_EQ(store.size(), 3U);
  EXPECT_THAT(work_.announced, ElementsAre(Pair(kTestCa, 2), Pair(kOtherCa, 1)));
  EXPECT_FALSE(reporters_woke());
}

TEST_F(JobIntakeTest, WhatIsRefusedOnArrivalWakesTheReporters) {
  ASSERT_TRUE(intake.insert({refused("a")}).ok());
  EXPECT_THAT(work_.announced, IsEmpty());
  EXPECT_TRUE(reporters_woke());
}

TEST_F(JobIntakeTest, AKnownJobMayBeDueOrToBeReported) {
  ASSERT_TRUE(intake.insert({job("a")}).ok());
  work_.announced.clear();
  ASSERT_TRUE(intake.insert({job("a")}).ok());
  EXPECT_THAT(work_.announced, ElementsAre(Pair(kTestCa, 1)));
  EXPECT_TRUE(reporters_woke());
}

TEST_F(JobIntakeTest, AJobThatIsNotTakenWakesNobody) {
  ASSERT_TRUE(intake.insert({job("a")}).ok());
  work_.announced.clear();
  EXPECT_EQ(intake.insert({conflicting("a")})->front(), core::InsertResult::conflict);
  store.fail_writes(store.disk_full());
  EXPECT_FALSE(intake.insert({job("b")}).ok());
  EXPECT_THAT(work_.announced, IsEmpty());
  EXPECT_FALSE(reporters_woke());
}

TEST_F(JobIntakeTest, APersonsChangeWakesEverybody) {
  intake.jobs_changed();
  EXPECT_EQ(work_.all, 1);
  EXPECT_TRUE(reporters_woke());
}

TEST_F(JobIntakeTest, TheEngineThatCameLastIsTold) {
  {
    const testing::RecordingWork next(intake);
    intake.work_arrived(kTestCa, 1);
    EXPECT_THAT(next.announced, ElementsAre(Pair(kTestCa, 1)));
  }
  EXPECT_THAT(work_.announced, IsEmpty());
  intake.work_arrived(kTestCa, 1);  // between two engines: the next one looks at everything
  intake.jobs_changed();
  EXPECT_TRUE(reporters_woke());
}

TEST_F(JobIntakeTest, AnOldEngineThatEndsLateTakesNothingAway) {
  auto old = std::make_unique<testing::RecordingWork>(intake);
  const testing::RecordingWork next(intake);
  old.reset();
  intake.work_arrived(kTestCa, 2);
  EXPECT_THAT(next.announced, ElementsAre(Pair(kTestCa, 2)));
}

}  // namespace
}  // namespace certconnector::jobs
