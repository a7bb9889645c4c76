// The rules that the contract of the stores cannot show: tests/contract shows the rest.
#include "agent/jobs/lifecycle/job_lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/jobs/lifecycle/job_orders.h"

namespace certconnector::jobs {
namespace {

using core::JobState;
using ::testing::HasSubstr;

constexpr Timestamp kNow = from_millis(1'790'000'000'000);

JobLife in_state(JobState state) {
  JobLife life;
  life.state = state;
  life.attempts = 1;
  return life;
}

TEST(JobLifecycle, ARetryThatIsNotAllowedNamesTheOneWhoCanAskAgain) {
  for (const bool rejected : {true, false}) {
    JobLife job = in_state(JobState::failed);
    job.rejected = rejected;
    job.deadline = kNow;
    const auto why = [&] { return std::get<NotAllowed>(retry(job, kNow, "root")).why; };
    EXPECT_THAT(why(), HasSubstr("at the management endpoint"));
    job.source = core::JobSource::scep;
    EXPECT_THAT(why(), HasSubstr("let the device ask again"));
    EXPECT_THAT(why(), ::testing::Not(HasSubstr("endpoint")));
  }
}

TEST(JobLifecycle, OnlyARunningJobTakesAVerdict) {
  const core::Verdict verdicts[] = {core::Finish{core::Revoked{kNow, false}},
                                    core::Die{},
                                    core::RetryLater{},
                                    core::WaitForCa{},
                                    core::WaitForApproval{},
                                    core::Hold{}};
  for (const JobState state : {JobState::queued, JobState::succeeded, JobState::dead,
                               JobState::canceled, JobState::reported}) {
    for (const core::Verdict& verdict : verdicts) {
      EXPECT_FALSE(settle(in_state(state), verdict, kNow).has_value())
          << core::to_string(state) << " " << verdict.index();
    }
  }
  for (const core::Verdict& verdict : verdicts) {
    const auto change = settle(in_state(JobState::running), verdict, kNow);
    ASSERT_TRUE(change.has_value()) << verdict.index();
    EXPECT_FALSE(holds_claim(change->job)) << "its claim is freed";
  }
}

TEST(JobLifecycle, AJobIsNeededUntilItsChallengeAndItsWithheldCertificateHaveEnded) {
  const Timestamp later = kNow + Duration(1);
  EXPECT_EQ(needed_until({}, kNow), std::nullopt);
  EXPECT_EQ(needed_until({kNow, kNow}, kNow), std::nullopt);
  EXPECT_EQ(needed_until({later, std::nullopt}, kNow), later);
  EXPECT_EQ(needed_until({std::nullopt, later}, kNow), later);
  EXPECT_EQ(needed_until({later, kNow}, kNow), later);
}

TEST(JobLifecycle, ANeededJobIsPurgedWithWhatItIsNeededFor) {
  const Duration retention = std::chrono::hours(24);
  const Timestamp needed = kNow + std::chrono::hours(1);
  JobLife life = in_state(JobState::reported);
  life.closed_at = filed_again(needed, retention);
  EXPECT_FALSE(may_be_purged(life, needed - retention));
  EXPECT_TRUE(may_be_purged(life, needed + Duration(1) - retention));
}

TEST(JobLifecycle, ARightClocksTimesAreLeftAlone) {
  JobLife life = in_state(JobState::queued);
  life.last_backoff = std::chrono::seconds(60);
  life.due = kNow + std::chrono::seconds(60);
  life.lease = core::Lease{1, kNow + kLongestLease};
  EXPECT_FALSE(correct_times(life, kNow).has_value());
  *life.due += std::chrono::milliseconds(1);
  EXPECT_EQ(correct_times(life, kNow)->job.due, kNow);
  life.due = kNow;
  life.lease->until += std::chrono::milliseconds(1);
  EXPECT_EQ(correct_times(life, kNow)->job.lease->until, kNow);
  EXPECT_EQ(correct_times(life, kNow)->job.lease->number, 1U);
}

TEST(JobLifecycle, EveryRevocationGoesBeforeEveryIssue) {
  core::Job issue;
  issue.priority = 1000;  // more than there is: counts as 100
  core::Job revoke;
  revoke.request = core::RevokeRequest();
  revoke.priority = -1000;
  EXPECT_LT(claim_rank(revoke), claim_rank(issue));
  core::Job lazy;
  lazy.priority = 99;
  EXPECT_LT(claim_rank(issue), claim_rank(lazy));
}

TEST(JobLifecycle, AJobOfABackupAsksItsCaFirst) {
  JobLife waiting;
  const auto change = bring_back(waiting, from_millis(5));
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->job.interrupted);
  EXPECT_EQ(change->notes.at(0).kind, "restored");
  EXPECT_FALSE(bring_back(change->job, from_millis(6)));
  JobLife done;
  done.state = core::JobState::failed;
  EXPECT_FALSE(bring_back(done, from_millis(5)));
  JobLife of_ndes;
  of_ndes.ours = false;
  EXPECT_FALSE(bring_back(of_ndes, from_millis(5)));
}

TEST(JobLifecycle, AFinishedJobIsFurtherThanOneThatIsNot) {
  using core::JobState;
  EXPECT_TRUE(is_further(JobState::succeeded, JobState::running));
  EXPECT_TRUE(is_further(JobState::reported, JobState::canceled));
  EXPECT_FALSE(is_further(JobState::queued, JobState::waiting));
  EXPECT_FALSE(is_further(JobState::queued, JobState::reported));
  EXPECT_FALSE(is_further(JobState::reported, JobState::succeeded));
  EXPECT_FALSE(is_further(JobState::canceled, JobState::canceled));
}

}  // namespace
}  // namespace certconnector::jobs
