#include "agent/core/certificate_rules.h"
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

  EXPECT_EQ(*store().purge(at(10), at(10), 100), 0U) << "only what was over before";
  EXPECT_EQ(*store().purge(at(11), at(11), 1), 1U) << "no more than asked";
  EXPECT_EQ(*store().purge(at(11), at(11), 100), 1U);
  EXPECT_EQ(*store().purge(at(1000000), at(1000000), 100), 0U);
  EXPECT_THAT(*store().find("reported"), IsEmpty());
  EXPECT_THAT(*store().find("lost"), IsEmpty());
  EXPECT_EQ(state("unreported"), JobState::succeeded);
  EXPECT_EQ(state("queued"), JobState::queued);
  EXPECT_EQ(count(JobState::reported), 0U);
  EXPECT_EQ(count(JobState::canceled), 0U);
  EXPECT_EQ(count(JobState::succeeded), 1U);
}

TEST_P(JobStorePurgeContract, ACertificateOutlivesItsJob) {
  acknowledge(finished("a"), ReportVerdict::accepted, at(10));
  const auto id = core::CertificateId{issued("a").certificate.serial, {}};
  ASSERT_EQ(*store().purge(at(11), at(11), 10), 1U);
  reopen();
  EXPECT_THAT(*store().find("a"), IsEmpty());
  EXPECT_EQ(count(JobState::reported), 0U);
  const auto found = *certificates().find(id);
  ASSERT_THAT(found, ::testing::SizeIs(1));
  EXPECT_EQ(found[0].record.entry.holder.job, "a");
  EXPECT_EQ(found[0].record.entry.holder.source, core::JobSource::management);
}

TEST_P(JobStorePurgeContract, AJobThatComesAgainAfterThePurgeKeepsItsCertificate) {
  const auto end_once_more = [&](std::int64_t second, const core::Issued& issued) {
    insert(leased(issue_job("a"), 1, at(second + 60)), at(second));
    const core::Finish finish{issued, core::label_of(issue_job("a").job)};
    return store()
        .settle({{claim_one(at(second)), finish}}, stored_jobs::kOwner, at(second))
        .value()
        .front();
  };
  ASSERT_FALSE(end_once_more(0, issued("a")).before);
  acknowledge(record("a").ticket, ReportVerdict::accepted, at(10));
  ASSERT_EQ(*store().purge(at(11), at(11), 10), 1U);
  const core::Settled settled = end_once_more(100, issued("another"));
  ASSERT_TRUE(settled.before) << "the one before, and no second certificate";
  EXPECT_EQ(settled.before->serial, issued("a").certificate.serial);
  ASSERT_EQ(unreported().size(), 1U);
  EXPECT_EQ(std::get<core::Issued>(unreported().front().outcome).certificate.serial,
            issued("a").certificate.serial);
}

TEST_P(JobStorePurgeContract, ATicketIsNotUsedAgainAfterThePurge) {
  const auto ticket = finished("a");
  acknowledge(ticket);
  ASSERT_EQ(*store().purge(at(100000), at(100000), 10), 1U);
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
