#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_P(JobStoreContract, LeasesThatEndAreListedSoonestFirst) {
  ASSERT_TRUE(store()
                  .insert({leased(issue_job("c"), 1, at(300)), leased(issue_job("a"), 2, at(100)),
                           leased(issue_job("b"), 3, at(200)), issue_job("none")},
                          at(0))
                  .ok());
  const auto ending = leases_ending(at(300), {kCa}, 10);
  ASSERT_THAT(ids(ending), ElementsAre("a", "b"));
  EXPECT_EQ(ending.front().instance, "default");
  EXPECT_EQ(ending.front().lease.number, 2U);
  EXPECT_EQ(ending.front().lease.until, at(100));
  EXPECT_THAT(ids(leases_ending(at(9999), {kCa}, 1)), ElementsAre("a"));
}

TEST_P(JobStoreContract, ARenewedLeaseEndsLater) {
  insert(leased(issue_job("a"), 2, at(100)));
  auto ending = leases_ending(at(101), {kCa}, 10);
  ASSERT_EQ(ending.size(), 1U);
  ending[0].lease.until = at(500);
  ASSERT_TRUE(store().renew_leases(ending).ok());
  EXPECT_THAT(leases_ending(at(101), {kCa}, 10), IsEmpty());
  EXPECT_EQ(record("a").lease->until, at(500));
  ending[0].lease.number = 1;
  ending[0].lease.until = at(900);
  ASSERT_TRUE(store().renew_leases(ending).ok());
  EXPECT_EQ(record("a").lease->until, at(500)) << "an answer about an older lease says nothing";
}

TEST_P(JobStoreContract, RunningJobsKeepTheirLeasesWatchedAndFinishedOnesDoNot) {
  insert(leased(issue_job("a"), 1, at(100)));
  const auto ticket = claim_one();
  EXPECT_THAT(ids(leases_ending(at(101), {kCa}, 10)), ElementsAre("a"));
  settle(ticket, core::Finish{issued("c")});
  EXPECT_THAT(leases_ending(at(101), {kCa}, 10), IsEmpty());
}

TEST_P(JobStoreContract, OfACaThatIsNotServedOnlyWhatItMayHaveTakenKeepsItsLease) {
  for (const char* id : {"queued", "approval", "pending", "held", "running", "interrupted"}) {
    insert(leased(issue_job(id), 1, at(100)));
  }
  core::NewJob other = leased(issue_job("other"), 1, at(200));
  other.job.ca = kOtherCa;
  insert(other);
  ASSERT_EQ(claim(6).size(), 6U);
  settle(ticket("queued"), core::RetryLater{at(50), {}, "", ""});
  settle(ticket("approval"), core::WaitForApproval{"the template says so"});
  settle(ticket("pending"), core::WaitForCa{"17", at(50)});
  settle(ticket("held"), core::Hold{"in doubt"});
  settle(ticket("interrupted"), core::RetryLater{at(50), {}, "in_doubt", "", true, true});
  EXPECT_THAT(ids(leases_ending(at(101), {kOtherCa}, 10)),
              UnorderedElementsAre("pending", "held", "running", "interrupted"));
  EXPECT_THAT(ids(leases_ending(at(201), {kOtherCa}, 10)), Contains("other"));
  EXPECT_EQ(leases_ending(at(201), {kCa, kOtherCa}, 10).size(), 7U);
  EXPECT_EQ(leases_ending(at(201), {}, 10).size(), 4U);
  EXPECT_EQ(leases_ending(at(201), {std::string(64, 'c')}, 10).size(), 4U);
}

TEST_P(JobStoreContract, ALostLeaseCancelsWhatIsNeitherRunningNorInDoubt) {
  for (const char* id : {"queued", "waiting", "held", "running", "interrupted"}) {
    insert(leased(issue_job(id), 1, at(100)));
  }
  const auto claimed = claim(5);
  ASSERT_EQ(claimed.size(), 5U);
  settle(ticket("queued"), core::RetryLater{at(50), {}, "", ""});
  settle(ticket("waiting"), core::WaitForCa{"17", at(50)});
  settle(ticket("held"), core::Hold{"in doubt"});
  settle(ticket("interrupted"), core::RetryLater{at(50), {}, "in_doubt", "", true, true});
  ASSERT_TRUE(store()
                  .lose_leases({ticket("queued"),
                                ticket("waiting"),
                                ticket("held"),
                                ticket("running"),
                                ticket("interrupted"),
                                {4711}},
                               at(60))
                  .ok());
  EXPECT_EQ(state("queued"), JobState::canceled);
  EXPECT_EQ(state("waiting"), JobState::canceled);
  EXPECT_EQ(state("held"), JobState::held);
  EXPECT_EQ(state("running"), JobState::running);
  EXPECT_EQ(state("interrupted"), JobState::queued);
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_EQ(*store().next_due(kCa), at(50));
}

TEST_P(JobStoreContract, AJobPastItsDeadlineIsDeadAndReported) {
  insert(with_deadline(issue_job("a"), at(100)));
  insert(with_deadline(issue_job("later"), at(200)));
  insert(issue_job("never"));
  EXPECT_EQ(*store().expire(at(99), 10), 0U);
  EXPECT_EQ(*store().expire(at(100), 10), 1U);
  EXPECT_EQ(state("a"), JobState::dead);
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].state, JobState::dead);
  EXPECT_EQ(std::get<core::Failed>(reports[0].outcome).code, "deadline_passed");
  EXPECT_EQ(claim(10, at(100)).size(), 2U);
}

TEST_P(JobStoreContract, ExpiryIsBoundedAndLeavesWhatItsRunnerMustSee) {
  for (const char* id : {"running", "interrupted", "one", "two", "three"}) {
    insert(with_deadline(issue_job(id), at(100)));
  }
  const auto claimed = claim(2);
  ASSERT_EQ(claimed.size(), 2U);
  settle(claimed[1].ticket, core::RetryLater{at(50), {}, "in_doubt", "", true, true});
  EXPECT_EQ(*store().expire(at(100), 2), 2U);
  EXPECT_EQ(*store().expire(at(100), 2), 1U);
  EXPECT_EQ(*store().expire(at(100), 2), 0U);
  EXPECT_EQ(state("running"), JobState::running);
  EXPECT_EQ(state("interrupted"), JobState::queued);
}

TEST_P(JobStoreContract, AFinishedJobsLeaseIsNotRenewed) {
  const auto ticket = ended(leased(issue_job("a"), 1, at(100)), refused());
  ASSERT_TRUE(store().renew_leases({{ticket, "a", "default", {2, at(500)}}}).ok());
  EXPECT_EQ(record("a").lease->number, 1U);
  insert(issue_job("unleased"));
  ASSERT_TRUE(
      store().renew_leases({{record("unleased").ticket, "unleased", "default", {2, at(5)}}}).ok());
  EXPECT_FALSE(record("unleased").lease.has_value());
}

TEST_P(JobStoreContract, TheFirstToExpireGoesFirst) {
  insert(with_deadline(issue_job("late"), at(100)));
  insert(with_deadline(issue_job("early"), at(50)));
  EXPECT_EQ(*store().expire(at(200), 1), 1U);
  EXPECT_EQ(state("early"), JobState::dead);
  EXPECT_EQ(state("late"), JobState::queued);
}

TEST_P(JobStoreContract, AnExpiredJobTellsOfItsLastAttempt) {
  insert(with_deadline(issue_job("a"), at(100)));
  settle(claim_one(), core::RetryLater{at(50), {}, "ca_unavailable", "the CA is away"});
  ASSERT_EQ(*store().expire(at(100), 10), 1U);
  EXPECT_EQ(std::get<core::Failed>(*record("a").outcome).message,
            "The job's deadline passed; the last attempt ended with: the CA is away");
}

// The CA may have the request: it is asked before anything is submitted anew.
TEST_P(JobStoreContract, TheDoubtOutlivesALostLease) {
  insert(leased(issue_job("a"), 1, at(100)));
  settle(claim_one(), core::RetryLater{at(3), {}, "in_doubt", "cut off", true, true});
  settle(claim_one(at(3)), core::LeaseLost{"gone"}, at(4));
  insert(leased(issue_job("a"), 2, at(900)), at(800));
  const auto claimed = claim(1, at(801));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].interrupted);
}

}  // namespace
}  // namespace certconnector::contract
