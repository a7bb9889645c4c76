#include "tests/contract/job_store_contract.h"

namespace certconnector::contract {
namespace {

using core::JobState;
using core::ReportVerdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobStoreOutboxContract : public JobStoreContract {
 protected:
  core::JobTicket finished(const std::string& id, Timestamp now = at(2)) {
    return ended(leased(issue_job(id), 4, at(300)), issued(id), now);
  }
};

TEST_P(JobStoreOutboxContract, AReportSaysAllThatTheEndpointHasToKnow) {
  finished("a");
  reopen();
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  const core::Report& report = reports[0];
  EXPECT_EQ(report.key.id, "a");
  EXPECT_EQ(report.key.instance, "default");
  EXPECT_EQ(report.key.digest, issue_job("a").job.key.digest);
  EXPECT_EQ(report.type, core::JobType::issue);
  EXPECT_EQ(report.ca, kCa);
  EXPECT_EQ(report.correlation_id, "correlation of a");
  EXPECT_EQ(report.lease_number, 4U);
  EXPECT_EQ(report.state, JobState::succeeded);
  EXPECT_EQ(report.attempts, 1);
  EXPECT_EQ(report.finished, at(2));
  EXPECT_FALSE(report.enrollment);
}

TEST_P(JobStoreOutboxContract, TheOldestGoesFirstAndStaysUntilItIsAcknowledged) {
  const auto late = finished("late", at(9));
  finished("early", at(5));
  EXPECT_THAT(ids(unreported()), ElementsAre("early", "late"));
  EXPECT_THAT(ids(unreported()), ElementsAre("early", "late"));
  EXPECT_EQ(unreported(1).size(), 1U);
  acknowledge(late);
  EXPECT_THAT(ids(unreported()), ElementsAre("early"));
}

TEST_P(JobStoreOutboxContract, EveryAnswerMakesTheJobFinal) {
  struct Row {
    const char* name;
    ReportVerdict verdict;
    std::vector<std::string> history;
  };
  const Row rows[] = {
      {"accepted", ReportVerdict::accepted, {}},
      {"duplicate", ReportVerdict::duplicate, {}},
      {"superseded", ReportVerdict::superseded, {"superseded"}},
      {"refused", ReportVerdict::refused, {"report_refused"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    start_anew();
    const auto ticket = finished("a");
    acknowledge(ticket, row.verdict, at(7));
    EXPECT_EQ(state("a"), JobState::reported);
    EXPECT_EQ(record("a").ended_as, JobState::succeeded);
    EXPECT_EQ(record("a").reported, at(7));
    EXPECT_EQ(count(JobState::reported), 1U);
    EXPECT_EQ(count(JobState::succeeded), 0U);
    EXPECT_EQ(history_kinds("a"), row.history);
    EXPECT_THAT(unreported(), IsEmpty());
    acknowledge(ticket, row.verdict, at(8));
    EXPECT_EQ(record("a").reported, at(7)) << "said twice is said once";
    EXPECT_EQ(history_kinds("a"), row.history);
    EXPECT_FALSE(store().retry(ticket, at(9), "root").ok()) << "a reported result is final";
  }
}

TEST_P(JobStoreOutboxContract, TheFollowUpIsStoredWithTheAcknowledgement) {
  const auto ticket = finished("a");
  core::ReportAcknowledgement ack{ticket, ReportVerdict::superseded, "agent-2", local_job("undo")};
  ASSERT_TRUE(store().acknowledge({ack}, at(5)).ok());
  EXPECT_THAT(history_kinds("a"), ElementsAre("superseded"));
  EXPECT_EQ(state("undo"), JobState::queued);
  EXPECT_EQ(record("undo").job.key.source, core::JobSource::local);
  ASSERT_TRUE(store().acknowledge({ack}, at(6)).ok());
  EXPECT_EQ(store().find("undo")->size(), 1U);
}

TEST_P(JobStoreOutboxContract, WhatIsUnfinishedOrUnknownIsPassedOver) {
  insert(issue_job("a"));
  const auto ticket = record("a").ticket;
  acknowledge(ticket);
  acknowledge({999});
  EXPECT_EQ(state("a"), JobState::queued);
}

TEST_P(JobStoreOutboxContract, TheAnswerToAReportThatARetryTookBackDoesNotHideTheNewOutcome) {
  insert(leased(issue_job("a"), 1, at(300)));
  const auto ticket = claim_one();
  settle(ticket, core::Die{core::failed(core::failure::kAttemptsUsedUp, "no more")});
  ASSERT_EQ(unreported().size(), 1U);  // the upload is under way
  ASSERT_TRUE(store().retry(ticket, at(4), "root").ok());
  EXPECT_EQ(claim_one(at(5)).value, ticket.value);
  settle(ticket, core::Finish{issued("second try")}, at(6));
  acknowledge(ticket);  // of the first outcome
  EXPECT_EQ(state("a"), JobState::succeeded);
  const auto reports = unreported();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<core::Issued>(reports[0].outcome));
  acknowledge(ticket);
  EXPECT_EQ(state("a"), JobState::reported);
}

// Reports under way end with the process, so after a restart an answer is that of the last offer.
TEST_P(JobStoreOutboxContract, ARestartEndsTheWithdrawalOfAReport) {
  const auto ticket = ended(leased(issue_job("a"), 1, at(300)), refused());
  ASSERT_EQ(unreported().size(), 1U);
  ASSERT_TRUE(store().retry(ticket, at(4), "root").ok());
  claim_one(at(5));
  settle(ticket, core::Finish{issued("second try")}, at(6));
  acknowledge(ticket);
  EXPECT_EQ(state("a"), JobState::succeeded);
  EXPECT_EQ(history_kinds("a").back(), "report_withdrawn");
  reopen();
  acknowledge(ticket);
  EXPECT_EQ(state("a"), JobState::reported);
}

TEST_P(JobStoreOutboxContract, AWithdrawnReportBringsNoFollowUp) {
  const auto ticket = ended(leased(issue_job("a"), 1, at(300)), refused());
  ASSERT_EQ(unreported().size(), 1U);
  ASSERT_TRUE(store().retry(ticket, at(4), "root").ok());
  ASSERT_TRUE(
      store().acknowledge({{ticket, ReportVerdict::refused, "no", local_job("undo")}}, at(5)).ok());
  EXPECT_THAT(*store().find("undo"), IsEmpty());
}

TEST_P(JobStoreOutboxContract, TheEndpointsWordsAreInTheHistory) {
  const auto ticket = finished("a");
  ASSERT_TRUE(
      store().acknowledge({{ticket, ReportVerdict::refused, "unknown job", {}}}, at(5)).ok());
  EXPECT_EQ(history("a").back().message, "The endpoint refused the result: unknown job");
}

TEST_P(JobStoreOutboxContract, WhatAPersonHasToDoIsInTheHistory) {
  core::ReportAcknowledgement ack{finished("a"), ReportVerdict::refused, "no", std::nullopt};
  ack.by_hand = "Revoke it there.";
  ASSERT_TRUE(store().acknowledge({ack}, at(3)).ok());
  EXPECT_EQ(store().history(ack.ticket)->back().message, "Revoke it there.");
}

TEST_P(JobStoreOutboxContract, ARevocationThatCannotBeStoredIsNotLostInSilence) {
  const auto ticket = finished("a");
  core::NewJob taken = local_job("refused-1");
  insert(taken);
  taken.job.key.digest.fill(77);
  ASSERT_TRUE(store().acknowledge({{ticket, ReportVerdict::refused, "no", taken}}, at(3)).ok());
  EXPECT_THAT(store().history(record("a").ticket)->back().message,
              ::testing::HasSubstr("is not revoked"));
}

INSTANTIATE_TEST_SUITE_P(Stores, JobStoreOutboxContract, ::testing::ValuesIn(job_stores()),
                         name_of);

}  // namespace
}  // namespace certconnector::contract
