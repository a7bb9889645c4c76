// Jobs that this store cannot keep. All else of the intake: tests/contract.
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::JobState;

TEST_F(QueueTest, AJobTooLargeToKeepIsReportedAsFailed) {
  core::NewJob job = issue_job("large");
  std::get<core::IssueRequest>(job.job.request).pkcs10 = Bytes(std::size_t{65} * 1024, 1);
  const auto results = store_->insert({job, issue_job("good")}, at(0));
  ASSERT_TRUE(results.ok());
  EXPECT_EQ(state("large"), JobState::failed);
  EXPECT_EQ(unreported().size(), 1U);
  EXPECT_EQ(state("good"), JobState::queued);
}

}  // namespace
}  // namespace certconnector::store
