#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using ::testing::ElementsAre;

TEST_P(JobStoreContract, AfterARestartClaimsOfTheOldLifeComeBackInterrupted) {
  ASSERT_TRUE(store().insert({issue_job("a"), issue_job("b")}, at(0)).ok());
  const auto claimed = claim(1);
  ASSERT_EQ(claimed.size(), 1U);
  reopen();
  EXPECT_EQ(*store().recover("life-2", at(10)), 1U);
  EXPECT_EQ(*store().recover("life-2", at(10)), 0U);
  EXPECT_EQ(state("a"), JobState::queued);
  EXPECT_THAT(history_kinds("a"), ElementsAre("interrupted"));

  settle(claimed[0].ticket, core::Finish{issued("late")}, at(11), kOwner);
  EXPECT_EQ(state("a"), JobState::queued) << "the old life's verdict is passed over";

  const auto again = claim(10, at(11), kCa, "life-2");
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].job.key.id, "b");
  EXPECT_FALSE(again[0].interrupted);
  EXPECT_TRUE(again[1].interrupted);
  EXPECT_EQ(again[1].attempt, 2);
  EXPECT_EQ(*store().recover("life-2", at(12)), 0U) << "own claims stay";
}

TEST_P(JobStoreContract, WhatAClockThatWasAheadWroteDoesNotHoldJobsBackAfterARestart) {
  constexpr std::int64_t kYear = 31'536'000;
  insert(issue_job("new"), at(kYear));
  insert(leased(issue_job("leased"), 7, at(kYear + 300)), at(kYear));
  insert(issue_job("failed"), at(kYear));
  for (const auto& claimed : claim(3, at(kYear))) {
    settle(claimed.ticket, core::RetryLater{at(kYear + 60), std::chrono::seconds(60), "", ""},
           at(kYear));
  }
  reopen();
  EXPECT_EQ(*store().recover("life-2", at(100)), 0U);
  const auto due = claim(10, at(100), kCa, "life-2");
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(record("leased").lease->until, at(100)) << "it is extended before it goes to the CA";
}

TEST_P(JobStoreContract, WhatARightClockWroteStaysAfterARestart) {
  insert(leased(issue_job("a"), 7, at(300)), at(0));
  settle(claim_one(), core::RetryLater{at(61), std::chrono::seconds(60), "", ""}, at(1));
  reopen();
  EXPECT_EQ(*store().recover("life-2", at(1)), 0U);
  EXPECT_EQ(*store().next_due(kCa), at(61));
  EXPECT_EQ(record("a").lease->until, at(300));
}

}  // namespace
}  // namespace certconnector::contract
