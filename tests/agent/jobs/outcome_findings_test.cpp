#include "agent/jobs/outcome_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "tests/support/fake_clock.h"

namespace certconnector::jobs {
namespace {

using certconnector::testing::FakeClock;
using core::JobRecord;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JobRecord job(const std::string& id, const core::FailureCode& code,
              core::JobSource source = core::JobSource::management) {
  JobRecord record;
  record.job.key.id = id;
  record.job.key.source = source;
  record.job.correlation_id = "transaction of " + std::string(id);
  record.outcome = core::failed(code, "why");
  record.received = FakeClock::kStart - std::chrono::minutes(5);
  return record;
}

class OutcomeFindingsTest : public ::testing::Test {
 protected:
  void ended(std::uint64_t count) {
    recent_.ended.counts = {{"ca", core::JobType::issue, core::JobState::succeeded, count}};
  }
  std::vector<core::HealthFinding> findings() {
    return outcome_findings(recent_, FakeClock::kStart);
  }

  RecentJobs recent_;
};

TEST_F(OutcomeFindingsTest, ManyFailuresShowWithTheirReasons) {
  for (const char* id : {"a", "b"}) recent_.failed.push_back(job(id, core::failure::kWeakKey));
  ended(2);
  EXPECT_THAT(findings(), IsEmpty()) << "two may be mistakes";
  recent_.failed.insert(recent_.failed.begin(), job("c", core::failure::kUnknownTemplate));
  ended(15);
  const auto found = findings();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].code, &core::finding::kJobsFail);
  EXPECT_EQ(found[0].message,
            "3 jobs failed, of the 15 jobs that ended in the last hour: weak_key 2, "
            "unknown_template 1");
  EXPECT_THAT(found[0].remedy, HasSubstr("certconnector jobs explain c"));
  ended(16);
  EXPECT_THAT(findings(), IsEmpty()) << "fewer than one in five";
}

TEST_F(OutcomeFindingsTest, JobsWhoseCaIsNotServedShow) {
  recent_.without_ca = {job("a", core::failure::kWeakKey)};
  const auto found = findings();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].code, &core::finding::kJobsWithoutCa);
  EXPECT_THAT(found[0].message, HasSubstr("1 job waits for a CA that no section"));
  EXPECT_THAT(found[0].remedy, HasSubstr("certconnector jobs explain a"));
}

TEST_F(OutcomeFindingsTest, DeniedEnrollmentsAreTheirOwnKind) {
  for (const char* id : {"a", "b", "c"}) {
    recent_.failed.push_back(job(id, core::failure::kChallengeWrong, core::JobSource::scep));
  }
  ended(3);
  const auto found = findings();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].code, &core::finding::kEnrollmentsRefused);
  EXPECT_EQ(found[0].component, "enrollments");
  EXPECT_THAT(found[0].message, HasSubstr("challenge_wrong 3"));
  EXPECT_THAT(found[0].remedy, HasSubstr("certconnector scep explain 'transaction of a'"))
      << "scep explain knows no job ids";
}

TEST_F(OutcomeFindingsTest, DeadAndHeldJobsWaitForAPerson) {
  recent_.dead = {job("d", core::failure::kAttemptsUsedUp)};
  recent_.held = {job("h", core::failure::kInDoubt)};
  recent_.held.front().last_message = "the helper was killed";
  const auto found = findings();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].code, &core::finding::kJobsDead);
  EXPECT_THAT(found[0].message, HasSubstr("attempts_used_up 1; the last one: why"));
  // The endpoint may have the result already: explain tells.
  EXPECT_THAT(found[0].remedy, HasSubstr("certconnector jobs explain d"));
  EXPECT_EQ(found[1].code, &core::finding::kJobsHeld);
  EXPECT_THAT(found[1].message, HasSubstr("the helper was killed"));
}

TEST_F(OutcomeFindingsTest, AnApprovalMayTakeAnHour) {
  JobRecord waits = job("w", core::failure::kInDoubt);
  waits.waiting_for_approval = true;
  JobRecord older = waits;
  older.job.key.id = "o";
  older.received = FakeClock::kStart - std::chrono::minutes(59);
  JobRecord at_ca = job("p", core::failure::kInDoubt);
  at_ca.received = FakeClock::kStart - std::chrono::hours(9);
  recent_.waiting = {waits, older, at_ca};
  EXPECT_THAT(findings(), IsEmpty());
  recent_.waiting[1].received = FakeClock::kStart - std::chrono::hours(1);
  const auto found = findings();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].code, &core::finding::kApprovalWaits);
  EXPECT_THAT(found[0].message, HasSubstr("2 jobs wait"));
  EXPECT_THAT(found[0].remedy, HasSubstr("certconnector jobs explain o"));
}

}  // namespace
}  // namespace certconnector::jobs
