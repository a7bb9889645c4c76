// The changes that a person's decision makes to a job, beside its state: for that see
// job_store_transitions.cpp.
#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class JobStorePersonContract : public JobStoreContract {
 protected:
  core::JobTicket settled(core::Verdict verdict) {
    insert(leased(issue_job("a"), 1, at(900)));
    const auto claimed = claim_one();
    settle(claimed, std::move(verdict));
    return claimed;
  }
};

TEST_P(JobStorePersonContract, ACanceledJobIsReportedAsFailed) {
  const auto held = settled(core::Hold{"in doubt"});
  ASSERT_TRUE(store().cancel(held, at(20), "root").ok());
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].state, JobState::canceled);
  EXPECT_EQ(std::get<core::Failed>(reports[0].outcome).code, "canceled");
  EXPECT_EQ(std::get<core::Failed>(reports[0].outcome).message, "Canceled by root");
  EXPECT_EQ(history("a").back().message, "Canceled by root.");
  acknowledge(held);
  EXPECT_EQ(record("a").ended_as, JobState::canceled);
}

TEST_P(JobStorePersonContract, ApprovalIsRememberedForTheClaim) {
  const auto waiting = settled(core::WaitForApproval{"please"});
  EXPECT_TRUE(record("a").waiting_for_approval);
  EXPECT_THAT(claim(10, at(1000)), IsEmpty());
  ASSERT_TRUE(store().approve(waiting, at(20), "root").ok());
  EXPECT_FALSE(record("a").waiting_for_approval);
  auto claimed = claim(10, at(20));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].approved);
  settle(waiting, core::RetryLater{at(30), {}, "ca_unavailable", "down"}, at(21));
  claimed = claim(10, at(30));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].approved) << "once is enough";
}

TEST_P(JobStorePersonContract, ADenialSaysWhoAndWhy) {
  ASSERT_TRUE(
      store().deny(settled(core::WaitForApproval{"please"}), at(20), "root", "not ours").ok());
  const auto outcome = std::get<core::Failed>(*record("a").outcome);
  EXPECT_EQ(outcome.code, "denied_by_person");
  EXPECT_EQ(outcome.message, "Denied by root: not ours");
  EXPECT_FALSE(record("a").waiting_for_approval);
}

TEST_P(JobStorePersonContract, ARetryStartsWithAllAttemptsAndNoReport) {
  const auto dead = settled(core::Die{core::failed(core::failure::kAttemptsUsedUp, "done")});
  ASSERT_EQ(unreported().size(), 1U);
  ASSERT_TRUE(store().retry(dead, at(20), "root").ok());
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_FALSE(record("a").outcome);
  EXPECT_THAT(history_kinds("a"), ElementsAre("retried"));
  const auto claimed = claim(10, at(20));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_EQ(claimed[0].last_backoff, Duration(0));
}

TEST_P(JobStorePersonContract, ARetryMakesAJobDueNow) {
  const auto later =
      settled(core::RetryLater{at(500), std::chrono::seconds(400), "ca_unavailable", "down"});
  EXPECT_THAT(claim(10, at(20)), IsEmpty());
  ASSERT_TRUE(store().retry(later, at(20), "root").ok());
  EXPECT_EQ(record("a").due, at(20));
  EXPECT_EQ(claim(10, at(20)).size(), 1U);
}

// The person decides whether the CA issued for a held job; of another job the agent asks the CA.
TEST_P(JobStorePersonContract, ARetryDoesNotHideThatTheCaMayHaveTheRequest) {
  const auto in_doubt = settled(core::RetryLater{at(500), {}, "in_doubt", "cut off", true, true});
  ASSERT_TRUE(store().retry(in_doubt, at(20), "root").ok());
  auto claimed = claim(10, at(20));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_TRUE(claimed[0].interrupted);
  settle(in_doubt, core::Hold{"cannot be asked"}, at(21));
  ASSERT_TRUE(store().retry(in_doubt, at(22), "root").ok());
  claimed = claim(10, at(22));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_FALSE(claimed[0].interrupted);
}

TEST_P(JobStorePersonContract, ARetryAfterTheDeadlineIsRefusedWithTheRemedy) {
  insert(with_deadline(issue_job("a"), at(10)));
  ASSERT_EQ(*store().expire(at(11), 10), 1U);
  const Status late = store().retry(ticket("a"), at(12), "root");
  ASSERT_FALSE(late.ok());
  EXPECT_THAT(late.error().message(), HasSubstr("queue a new job"));
}

TEST_P(JobStorePersonContract, ADenialSaysWhyAndLeavesNoTrace) {
  struct Row {
    const char* says;
    std::function<Status(core::JobTicket)> act;
  };
  const Row rows[] = {
      {"the job is running and cannot be retried: only queued, held, failed and dead jobs that are "
       "not reported can be; try again when this attempt is over",
       [&](core::JobTicket job) { return store().retry(job, at(20), "root"); }},
      {"the job is running and cannot be canceled",
       [&](core::JobTicket job) { return store().cancel(job, at(20), "root"); }},
      {"the job is running and cannot be approved: it does not wait for approval",
       [&](core::JobTicket job) { return store().approve(job, at(20), "root"); }},
      {"the job is running and cannot be denied: it does not wait for approval",
       [&](core::JobTicket job) { return store().deny(job, at(20), "root", "no"); }},
  };
  insert(issue_job("a"));
  const auto running = claim_one();
  for (const Row& row : rows) {
    const Status done = row.act(running);
    ASSERT_FALSE(done.ok()) << row.says;
    EXPECT_EQ(done.error().kind(), ErrorKind::permanent);
    EXPECT_THAT(done.error().message(), HasSubstr(row.says));
  }
  EXPECT_THAT(history_kinds("a"), IsEmpty());
  EXPECT_FALSE(store().retry({4711}, at(20), "root").ok()) << "no such job";
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStorePersonContract, ::testing::ValuesIn(job_stores()),
                         name_of);

}  // namespace
}  // namespace certconnector::contract
