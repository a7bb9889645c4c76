#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(JobStoreContract, RevocationsGoFirstThenPriorityThenAge) {
  insert(with_priority(issue_job("old"), 0), at(0));
  insert(with_priority(issue_job("urgent"), 100), at(1));
  insert(with_priority(issue_job("young"), 0), at(2));
  insert(with_priority(issue_job("lazy"), -100), at(0));
  insert(with_priority(revoke_job("revoke lazy"), -100), at(3));
  insert(with_priority(revoke_job("revoke"), 0), at(4));
  EXPECT_THAT(ids(claim(10, at(10))),
              ElementsAre("revoke", "revoke lazy", "urgent", "old", "young", "lazy"));
}

TEST_P(JobStoreContract, ClaimsNoMoreThanAsked) {
  ASSERT_TRUE(store().insert({issue_job("a"), issue_job("b"), issue_job("c")}, at(0)).ok());
  EXPECT_THAT(ids(claim(2)), ElementsAre("a", "b"));
  EXPECT_THAT(ids(claim(2)), ElementsAre("c"));
  EXPECT_THAT(claim(2), IsEmpty());
}

TEST_P(JobStoreContract, ClaimsOnlyJobsOfTheCa) {
  core::NewJob other = issue_job("other");
  other.job.ca = kOtherCa;
  insert(other);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_THAT(ids(claim(10, at(1), kOtherCa)), ElementsAre("other"));
}

TEST_P(JobStoreContract, AClaimedJobIsRunningAndClaimedOnce) {
  insert(issue_job("a"));
  claim_one();
  EXPECT_EQ(state("a"), JobState::running);
  EXPECT_EQ(record("a").attempts, 1);
  EXPECT_EQ(record("a").started, at(1));
  EXPECT_THAT(claim(10, at(100000)), IsEmpty());
  EXPECT_THAT(claim(10, at(100000), kCa, "life-2"), IsEmpty());
}

TEST_P(JobStoreContract, WhatIsNotDueIsNotClaimed) {
  insert(issue_job("a"));
  settle(claim_one(), core::RetryLater{at(60), std::chrono::seconds(5), "ca_unavailable", "down"});
  insert(issue_job("b"), at(3));
  EXPECT_THAT(ids(claim(10, at(59))), ElementsAre("b"));
  const auto due = claim(10, at(60));
  ASSERT_THAT(ids(due), ElementsAre("a"));
  EXPECT_EQ(due[0].attempt, 2);
  EXPECT_EQ(due[0].last_backoff, std::chrono::seconds(5));
}

TEST_P(JobStoreContract, NextDueIsTheEarliestOverAllPriorities) {
  EXPECT_FALSE(store().next_due(kCa)->has_value());
  insert(issue_job("a"));
  const auto ticket = claim_one();
  EXPECT_FALSE(store().next_due(kCa)->has_value()) << "a running job is not due";
  settle(ticket, core::RetryLater{at(60), {}, "", ""});
  EXPECT_EQ(*store().next_due(kCa), at(60));
  insert(with_priority(revoke_job("r"), 5), at(90));
  EXPECT_EQ(*store().next_due(kCa), at(60));
  insert(with_priority(issue_job("b"), 5), at(30));
  EXPECT_EQ(*store().next_due(kCa), at(30));
  EXPECT_FALSE(store().next_due(kOtherCa)->has_value());
}

TEST_P(JobStoreContract, APendingJobIsClaimedAgainWhenItsTimeComes) {
  insert(issue_job("a"));
  settle(claim_one(), core::WaitForCa{"request-17", at(50)});
  EXPECT_EQ(state("a"), JobState::waiting);
  EXPECT_EQ(*store().next_due(kCa), at(50));
  const auto due = claim(10, at(50));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].pending_request, "request-17");
}

TEST_P(JobStoreContract, AskingAfterAPendingRequestUsesUpNoAttempts) {
  insert(issue_job("a"));
  settle(claim_one(), core::WaitForCa{"request-17", at(1)});
  for (int i = 0; i < 30; ++i) settle(claim_one(), core::WaitForCa{"request-17", at(1)});
  EXPECT_EQ(record("a").attempts, 1);
  EXPECT_THAT(history_kinds("a"), ElementsAre("pending"));
}

TEST_P(JobStoreContract, TwoOwnersShareTheQueueAndDoNotTouchEachOthersClaims) {
  ASSERT_TRUE(store().insert({issue_job("a"), issue_job("b")}, at(0)).ok());
  const auto first = claim(1, at(1), kCa, "one");
  const auto second = claim(1, at(1), kCa, "two");
  ASSERT_EQ(first.size() + second.size(), 2U);
  settle(first[0].ticket, core::Finish{issued("x")}, at(2), "two");
  EXPECT_EQ(state("a"), JobState::running) << "a claim of another owner is passed over";
  settle(first[0].ticket, core::Finish{issued("x")}, at(2), "one");
  EXPECT_EQ(state("a"), JobState::succeeded);
}

}  // namespace
}  // namespace certconnector::contract
