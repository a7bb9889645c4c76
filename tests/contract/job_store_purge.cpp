#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using core::ReportVerdict;
using ::testing::IsEmpty;

class JobStorePurgeContract : public JobStoreContract {
 protected:
  core::JobTicket finished(const std::string& id) { return ended(issue_job(id), issued(id)); }
  core::JobTicket denied(const std::string& id) { return ended(issue_job(id), refused()); }
};

TEST_P(JobStorePurgeContract, PurgeTakesWhatIsOverAndNothingElse) {
  acknowledge(denied("reported"), ReportVerdict::accepted, at(10));
  finished("unreported");
  insert(issue_job("lost"));
  ASSERT_TRUE(store().lose_leases({record("lost").ticket}, at(10)).ok());
  insert(issue_job("queued"));

  EXPECT_EQ(*store().purge(at(10), 100), 0U) << "only what was over before";
  EXPECT_EQ(*store().purge(at(11), 1), 1U) << "no more than asked";
  EXPECT_EQ(*store().purge(at(11), 100), 1U);
  EXPECT_EQ(*store().purge(at(1000000), 100), 0U);
  EXPECT_THAT(*store().find("reported"), IsEmpty());
  EXPECT_THAT(*store().find("lost"), IsEmpty());
  EXPECT_EQ(state("unreported"), JobState::succeeded);
  EXPECT_EQ(state("queued"), JobState::queued);
  EXPECT_EQ(count(JobState::reported), 0U);
  EXPECT_EQ(count(JobState::canceled), 0U);
  EXPECT_EQ(count(JobState::succeeded), 1U);
}

TEST_P(JobStorePurgeContract, AJobStaysUntilTheRetentionAfterItsCertificatesEnd) {
  const auto ticket = finished("a");
  acknowledge(ticket, ReportVerdict::accepted, at(10));
  ASSERT_EQ(issued("a").certificate.not_after, at(86400));

  EXPECT_EQ(*store().purge(at(11), 10), 1U) << "it is filed again";
  EXPECT_EQ(*store().purge(at(11), 10), 0U) << "and not looked at twice";
  EXPECT_EQ(*store().purge(at(86400), 10), 0U);
  reopen();
  EXPECT_EQ(state("a"), JobState::reported);
  EXPECT_TRUE(record("a").outcome);
  EXPECT_EQ(record("a").finished, at(2)) << "what is shown of it is as before";
  EXPECT_EQ(count(JobState::reported), 1U);

  EXPECT_EQ(*store().purge(at(86401), 10), 1U);
  EXPECT_THAT(*store().find("a"), IsEmpty());
  EXPECT_EQ(count(JobState::reported), 0U);
}

TEST_P(JobStorePurgeContract, ACertificateThatEndsWithTheRetentionKeepsItsJob) {
  acknowledge(finished("a"), ReportVerdict::accepted, at(10));
  EXPECT_EQ(*store().purge(issued("a").certificate.not_after, 10), 1U);
  EXPECT_EQ(state("a"), JobState::reported);
}

TEST_P(JobStorePurgeContract, ALongPurgeGoesPastWhatItKeeps) {
  for (const char* id : {"kept-1", "kept-2", "kept-3"}) {
    acknowledge(finished(id), ReportVerdict::accepted, at(10));
  }
  acknowledge(denied("gone"), ReportVerdict::accepted, at(11));
  int calls = 0;
  while (*store().purge(at(12), 2) == 2U) ASSERT_LT(++calls, 10);
  EXPECT_THAT(*store().find("gone"), IsEmpty());
  EXPECT_EQ(count(JobState::reported), 3U);
}

TEST_P(JobStorePurgeContract, AJobThatWasKeptComesAgainAsAnyOther) {
  insert(leased(issue_job("a"), 1, at(60)));
  settle(claim_one(), core::Finish{issued("a")});
  acknowledge(record("a").ticket, ReportVerdict::accepted, at(10));
  ASSERT_EQ(*store().purge(at(11), 10), 1U);
  insert(leased(issue_job("a"), 2, at(200)), at(100));
  ASSERT_EQ(unreported().size(), 1U) << "its result, and no second certificate";
  acknowledge(record("a").ticket, ReportVerdict::accepted, at(110));
  EXPECT_EQ(*store().purge(at(111), 10), 1U);
  EXPECT_EQ(state("a"), JobState::reported);
}

TEST_P(JobStorePurgeContract, ATicketIsNotUsedAgainAfterThePurge) {
  const auto ticket = finished("a");
  acknowledge(ticket);
  ASSERT_EQ(*store().purge(at(100000), 10), 1U);
  reopen();
  insert(issue_job("b"));
  EXPECT_GT(record("b").ticket.value, ticket.value);
  EXPECT_THAT(*store().history(ticket), IsEmpty());
  const Status gone = store().retry(ticket, at(3), "root");
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().kind(), ErrorKind::permanent);
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStorePurgeContract, ::testing::ValuesIn(job_stores()), name_of);

}  // namespace
}  // namespace certconnector::contract
