#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::InsertResult;
using core::JobState;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(JobStoreContract, KeepsEveryPartOfAnIssueJob) {
  core::NewJob job = leased(issue_job("full"), 3, at(300));
  job.job.deadline = at(9000);
  job.job.priority = 42;
  auto& request = std::get<core::IssueRequest>(job.job.request);
  request.expected.subject = "CN=device";
  request.expected.subject_alt_names = {
      {{crypto::GeneralNameKind::dns, "a.example"}, {crypto::GeneralNameKind::upn, "a@example"}}};
  request.expected.key_usage = std::uint16_t{5};
  request.expected.extended_key_usage = {{"1.3.6.1.5.5.7.3.2"}};
  request.sid = "S-1-5-21-1";
  request.validity = std::chrono::hours(24);
  ASSERT_EQ(insert(job), InsertResult::inserted);
  reopen();

  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1U);
  const core::ClaimedJob& got = claimed.front();
  EXPECT_EQ(got.job.key.id, "full");
  EXPECT_EQ(got.job.key.instance, "default");
  EXPECT_EQ(got.job.key.digest, job.job.key.digest);
  EXPECT_EQ(got.job.ca, kCa);
  EXPECT_EQ(got.job.correlation_id, "correlation of full");
  EXPECT_EQ(got.job.deadline, at(9000));
  EXPECT_EQ(got.job.priority, 42);
  EXPECT_EQ(got.lease->number, 3U);
  EXPECT_EQ(got.lease->until, at(300));
  EXPECT_EQ(got.attempt, 1);
  EXPECT_EQ(got.received, at(0));
  EXPECT_FALSE(got.interrupted);
  EXPECT_FALSE(got.approved);
  EXPECT_FALSE(got.pending_request);
  const auto& read = std::get<core::IssueRequest>(got.job.request);
  EXPECT_EQ(read.template_name, "device");
  EXPECT_EQ(read.pkcs10, request.pkcs10);
  EXPECT_EQ(read.expected.subject, request.expected.subject);
  EXPECT_EQ(read.expected.subject_alt_names, request.expected.subject_alt_names);
  EXPECT_EQ(read.expected.key_usage, request.expected.key_usage);
  EXPECT_EQ(read.expected.extended_key_usage, request.expected.extended_key_usage);
  EXPECT_EQ(read.sid, request.sid);
  EXPECT_EQ(read.validity, request.validity);
}

TEST_P(JobStoreContract, KeepsEveryPartOfARevokeJob) {
  core::NewJob job = revoke_job("revoke");
  auto& request = std::get<core::RevokeRequest>(job.job.request);
  request.thumbprint = Bytes(32, 7);
  request.issuer = "CN=ca";
  request.invalidity_date = at(-5000);
  ASSERT_EQ(insert(job), InsertResult::inserted);
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1U);
  const auto& read = std::get<core::RevokeRequest>(claimed.front().job.request);
  EXPECT_EQ(read.serial, request.serial);
  EXPECT_EQ(read.thumbprint, request.thumbprint);
  EXPECT_EQ(read.issuer, "CN=ca");
  EXPECT_EQ(read.reason, core::RevocationReason::key_compromise);
  EXPECT_EQ(read.invalidity_date, at(-5000));
}

TEST_P(JobStoreContract, AJobSeenTwiceIsOneJob) {
  ASSERT_EQ(insert(leased(issue_job("a"), 1, at(100))), InsertResult::inserted);
  EXPECT_EQ(insert(leased(issue_job("a"), 2, at(200))), InsertResult::known);
  EXPECT_EQ(record("a").lease->number, 2U);
  EXPECT_EQ(record("a").lease->until, at(200));
  EXPECT_EQ(claim().size(), 1U);
}

TEST_P(JobStoreContract, ALateDeliveryDoesNotBringBackAnOlderLease) {
  ASSERT_EQ(insert(leased(issue_job("a"), 5, at(500))), InsertResult::inserted);
  EXPECT_EQ(insert(leased(issue_job("a"), 4, at(400))), InsertResult::known);
  EXPECT_EQ(record("a").lease->number, 5U);
}

TEST_P(JobStoreContract, TheSameIdWithOtherContentIsAConflict) {
  ASSERT_EQ(insert(issue_job("a")), InsertResult::inserted);
  core::NewJob other = issue_job("a");
  other.job.key.digest.fill(0xEE);
  EXPECT_EQ(insert(other), InsertResult::conflict);
  EXPECT_THAT(history_kinds("a"), ElementsAre("conflict"));
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed.front().job.key.digest, issue_job("a").job.key.digest);
}

TEST_P(JobStoreContract, OneIdFromTwoEndpointsIsTwoJobs) {
  ASSERT_EQ(insert(issue_job("a")), InsertResult::inserted);
  core::NewJob other = issue_job("a");
  other.job.key.instance = "second";
  EXPECT_EQ(insert(other), InsertResult::inserted);
  EXPECT_EQ(insert(local_job("a")), InsertResult::inserted);
  EXPECT_EQ(store().find("a")->size(), 3U);
}

TEST_P(JobStoreContract, ABatchHasItsAnswersInOrder) {
  ASSERT_EQ(insert(issue_job("b")), InsertResult::inserted);
  core::NewJob conflict = issue_job("b");
  conflict.job.key.digest.fill(0xEE);
  const auto results =
      store().insert({issue_job("a"), issue_job("b"), conflict, issue_job("a")}, at(0));
  ASSERT_TRUE(results.ok());
  EXPECT_THAT(*results, ElementsAre(InsertResult::inserted, InsertResult::known,
                                    InsertResult::conflict, InsertResult::known));
}

TEST_P(JobStoreContract, ARejectedJobGoesStraightToTheOutbox) {
  core::NewJob job = leased(issue_job("bad"), 9, at(100));
  job.rejection = core::failed(core::failure::kBadJob, "no such member");
  ASSERT_EQ(insert(job), InsertResult::inserted);
  EXPECT_EQ(state("bad"), JobState::failed);
  EXPECT_THAT(claim(), IsEmpty());
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(std::get<core::Failed>(reports[0].outcome).code, "bad_job");
  EXPECT_EQ(reports[0].lease_number, 9U);
  EXPECT_EQ(reports[0].attempts, 0);
  EXPECT_FALSE(store().next_due(kCa)->has_value());
}

TEST_P(JobStoreContract, ARejectedJobWithoutAReportIsFinalAtOnce) {
  core::NewJob job = device_job("bad", false);
  job.rejection = core::failed(core::failure::kBadJob, "no such template");
  insert(job, at(4));
  EXPECT_EQ(state("bad"), JobState::reported);
  EXPECT_EQ(record("bad").ended_as, JobState::failed);
  EXPECT_EQ(record("bad").finished, at(4));
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_EQ(*store().purge(at(5), at(5), 10), 1U);
}

TEST_P(JobStoreContract, AnExternalJobWaitsAndIsNeverClaimed) {
  core::NewJob job = device_job("theirs", true);
  job.external = at(300);
  insert(job);
  EXPECT_EQ(state("theirs"), JobState::waiting);
  EXPECT_TRUE(record("theirs").external);
  EXPECT_THAT(claim(10, at(1000)), IsEmpty());
  EXPECT_FALSE(store().next_due(kCa)->has_value());
}

TEST_P(JobStoreContract, AReportedJobThatComesAgainIsReportedAgain) {
  ASSERT_EQ(insert(leased(issue_job("a"), 1, at(100))), InsertResult::inserted);
  const auto ticket = claim_one();
  settle(ticket, core::Finish{issued("cert")});
  acknowledge(ticket);
  ASSERT_EQ(state("a"), JobState::reported);
  ASSERT_THAT(unreported(), IsEmpty());

  EXPECT_EQ(insert(leased(issue_job("a"), 2, at(900)), at(800)), InsertResult::known);
  EXPECT_EQ(state("a"), JobState::succeeded);
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].lease_number, 2U);
  EXPECT_EQ(std::get<core::Issued>(reports[0].outcome).certificate.certificate,
            issued("cert").certificate.certificate);
  EXPECT_EQ(*store().purge(at(100000), at(100000), 10), 0U)
      << "what is to be reported is not purged";
  acknowledge(ticket);
  EXPECT_EQ(state("a"), JobState::reported);
  EXPECT_EQ(record("a").ended_as, JobState::succeeded);
}

TEST_P(JobStoreContract, AJobWhoseLeaseWasLostIsWorkedOnAgainWhenItIsLeasedAgain) {
  ASSERT_EQ(insert(leased(issue_job("a"), 1, at(100))), InsertResult::inserted);
  ASSERT_TRUE(store().lose_leases({record("a").ticket}, at(5)).ok());
  ASSERT_EQ(state("a"), JobState::canceled);
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_THAT(claim(), IsEmpty());

  EXPECT_EQ(insert(leased(issue_job("a"), 2, at(900)), at(800)), InsertResult::known);
  EXPECT_EQ(state("a"), JobState::queued);
  EXPECT_THAT(history_kinds("a"), Contains("leased_again"));
  const auto claimed = claim(1, at(801));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].lease->number, 2U);
}

TEST_P(JobStoreContract, ManyEqualConflictsDoNotGrowTheHistoryWithoutEnd) {
  ASSERT_EQ(insert(issue_job("a")), InsertResult::inserted);
  core::NewJob other = issue_job("a");
  other.job.key.digest.fill(0xEE);
  const std::vector<core::NewJob> many(450, other);
  ASSERT_TRUE(store().insert(many, at(1)).ok());
  EXPECT_EQ(store().history(record("a").ticket)->size(), 200U);
}

}  // namespace
}  // namespace certconnector::contract
