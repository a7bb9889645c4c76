#include "agent/store/sqlite/errors.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::JobState;
using core::ReportVerdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OutboxTest : public QueueTest {
 protected:
  core::JobTicket finished(const std::string& id, Timestamp now = at(2)) {
    return ended(id, issued(id), now);
  }
  core::JobTicket denied(const std::string& id) {
    return ended(id, core::failed(core::failure::kDeniedByCa, "no"), at(2));
  }
  core::JobTicket ended(const std::string& id, core::Outcome outcome, Timestamp now) {
    insert(leased(issue_job(id), 4, at(300)));
    const auto ticket = claim_one();
    settle(ticket, core::Finish{std::move(outcome)}, now);
    return ticket;
  }
  std::vector<std::string> reported_ids() {
    std::vector<std::string> ids;
    for (const auto& report : unreported()) ids.push_back(report.key.id);
    return ids;
  }
};

TEST_F(OutboxTest, AReportSaysAllThatTheEndpointHasToKnow) {
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

TEST_F(OutboxTest, TheOldestGoesFirstAndStaysUntilItIsAcknowledged) {
  const auto late = finished("late", at(9));
  finished("early", at(5));
  EXPECT_THAT(reported_ids(), ElementsAre("early", "late"));
  EXPECT_THAT(reported_ids(), ElementsAre("early", "late"));
  EXPECT_EQ(store_->unreported({}, 1)->size(), 1U);
  acknowledge(late);
  EXPECT_THAT(reported_ids(), ElementsAre("early"));
}

class AcknowledgementTest : public OutboxTest,
                            public ::testing::WithParamInterface<ReportVerdict> {};

TEST_P(AcknowledgementTest, MakesTheJobFinal) {
  const auto ticket = finished("a");
  acknowledge(ticket, GetParam(), at(7));
  EXPECT_EQ(state("a"), JobState::reported);
  EXPECT_EQ(record("a").ended_as, JobState::succeeded);
  EXPECT_EQ(record("a").reported, at(7));
  EXPECT_EQ(count(JobState::reported), 1U);
  EXPECT_EQ(count(JobState::succeeded), 0U);
  acknowledge(ticket, GetParam(), at(8));
  EXPECT_EQ(record("a").reported, at(7)) << "said twice is said once";
  EXPECT_FALSE(store_->retry(ticket, at(9), "root").ok()) << "a reported result is final";
}

INSTANTIATE_TEST_SUITE_P(Verdicts, AcknowledgementTest,
                         ::testing::Values(ReportVerdict::accepted, ReportVerdict::duplicate,
                                           ReportVerdict::superseded, ReportVerdict::refused));

TEST_F(OutboxTest, TheFollowUpIsStoredWithTheAcknowledgement) {
  const auto ticket = finished("a");
  core::ReportAcknowledgement ack{ticket, ReportVerdict::superseded, "agent-2", local_job("undo")};
  ASSERT_TRUE(store_->acknowledge({ack}, at(5)).ok());
  EXPECT_THAT(history_kinds("a"), ElementsAre("superseded"));
  EXPECT_EQ(state("undo"), JobState::queued);
  EXPECT_EQ(record("undo").job.key.source, core::JobSource::local);
  ASSERT_TRUE(store_->acknowledge({ack}, at(6)).ok());
  EXPECT_EQ(store_->find("undo")->size(), 1U);
}

TEST_F(OutboxTest, WhatIsUnfinishedOrUnknownIsPassedOver) {
  insert(issue_job("a"));
  const auto ticket = record("a").ticket;
  acknowledge(ticket);
  acknowledge({999});
  EXPECT_EQ(state("a"), JobState::queued);
}

TEST_F(OutboxTest, TheAnswerToAReportThatARetryTookBackDoesNotHideTheNewOutcome) {
  insert(leased(issue_job("a"), 1, at(300)));
  const auto ticket = claim_one();
  settle(ticket, core::Die{core::failed(core::failure::kAttemptsUsedUp, "no more")});
  ASSERT_EQ(unreported().size(), 1U);  // the upload is under way
  ASSERT_TRUE(store_->retry(ticket, at(4), "root").ok());
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

TEST_F(OutboxTest, PurgeTakesWhatIsOverAndNothingElse) {
  acknowledge(denied("reported"), ReportVerdict::accepted, at(10));
  finished("unreported");
  insert(issue_job("lost"));
  ASSERT_TRUE(store_->lose_leases({record("lost").ticket}, at(10)).ok());
  insert(issue_job("queued"));

  EXPECT_EQ(*store_->purge(at(10), 100), 0U) << "only what was over before";
  EXPECT_EQ(*store_->purge(at(11), 1), 1U) << "no more than asked";
  EXPECT_EQ(*store_->purge(at(11), 100), 1U);
  EXPECT_EQ(*store_->purge(at(1000000), 100), 0U);
  EXPECT_THAT(*store_->find("reported"), IsEmpty());
  EXPECT_THAT(*store_->find("lost"), IsEmpty());
  EXPECT_EQ(state("unreported"), JobState::succeeded);
  EXPECT_EQ(state("queued"), JobState::queued);
  EXPECT_EQ(count(JobState::reported), 0U);
  EXPECT_EQ(count(JobState::canceled), 0U);
  EXPECT_EQ(count(JobState::succeeded), 1U);
}

TEST_F(OutboxTest, WhatAPersonHasToDoIsInTheHistory) {
  core::ReportAcknowledgement ack{finished("a"), ReportVerdict::refused, "no", std::nullopt};
  ack.by_hand = "Revoke it there.";
  ASSERT_TRUE(store_->acknowledge({ack}, at(3)).ok());
  EXPECT_EQ(store_->history(ack.ticket)->back().message, "Revoke it there.");
}

TEST_F(OutboxTest, ARevocationThatCannotBeStoredIsNotLostInSilence) {
  const auto ticket = finished("a");
  core::NewJob taken = local_job("refused-1");
  insert(taken);
  taken.job.key.digest.fill(77);
  ASSERT_TRUE(store_->acknowledge({{ticket, ReportVerdict::refused, "no", taken}}, at(3)).ok());
  EXPECT_THAT(store_->history(record("a").ticket)->back().message,
              ::testing::HasSubstr("is not revoked"));
}

TEST_F(OutboxTest, AJobStaysUntilTheRetentionAfterItsCertificatesEnd) {
  const auto ticket = finished("a");
  acknowledge(ticket, ReportVerdict::accepted, at(10));
  ASSERT_EQ(issued("a").certificate.not_after, at(86400));

  EXPECT_EQ(*store_->purge(at(11), 10), 1U) << "it is filed again";
  EXPECT_EQ(*store_->purge(at(11), 10), 0U) << "and not looked at twice";
  EXPECT_EQ(*store_->purge(at(86400), 10), 0U);
  reopen();
  EXPECT_EQ(state("a"), JobState::reported);
  EXPECT_TRUE(record("a").outcome);
  EXPECT_EQ(record("a").finished, at(2)) << "what is shown of it is as before";
  EXPECT_EQ(count(JobState::reported), 1U);

  EXPECT_EQ(*store_->purge(at(86401), 10), 1U);
  EXPECT_THAT(*store_->find("a"), IsEmpty());
  EXPECT_EQ(count(JobState::reported), 0U);
}

TEST_F(OutboxTest, ALongPurgeGoesPastWhatItKeeps) {
  for (const char* id : {"kept-1", "kept-2", "kept-3"}) {
    acknowledge(finished(id), ReportVerdict::accepted, at(10));
  }
  acknowledge(denied("gone"), ReportVerdict::accepted, at(11));
  int calls = 0;
  while (*store_->purge(at(12), 2) == 2U) ASSERT_LT(++calls, 10);
  EXPECT_THAT(*store_->find("gone"), IsEmpty());
  EXPECT_EQ(count(JobState::reported), 3U);
}

TEST_F(OutboxTest, AJobThatWasKeptComesAgainAsAnyOther) {
  insert(leased(issue_job("a"), 1, at(60)));
  settle(claim_one(), core::Finish{issued("a")});
  acknowledge(record("a").ticket, ReportVerdict::accepted, at(10));
  ASSERT_EQ(*store_->purge(at(11), 10), 1U);
  insert(leased(issue_job("a"), 2, at(200)), at(100));
  ASSERT_EQ(unreported().size(), 1U) << "its result, and no second certificate";
  acknowledge(record("a").ticket, ReportVerdict::accepted, at(110));
  EXPECT_EQ(*store_->purge(at(111), 10), 1U);
  EXPECT_EQ(state("a"), JobState::reported);
}

TEST_F(OutboxTest, ATicketIsNotUsedAgainAfterThePurge) {
  const auto ticket = finished("a");
  acknowledge(ticket);
  ASSERT_EQ(*store_->purge(at(100000), 10), 1U);
  reopen();
  insert(issue_job("b"));
  EXPECT_GT(record("b").ticket.value, ticket.value);
  EXPECT_THAT(*store_->history(ticket), IsEmpty());
  const Status gone = store_->retry(ticket, at(3), "root");
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code(), error_code(StoreErrc::not_found));
}

}  // namespace
}  // namespace certconnector::store
