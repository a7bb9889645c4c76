#include "agent/core/failure_codes.h"
#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/sqlite_enrollment_ledger.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::ChallengeConflict;
using core::EnrollmentStanding;
using core::ExternalCompletion;
using core::JobState;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::NewEnrollment external_enrollment(const std::string& challenge, std::uint8_t key,
                                        const std::string& job) {
  core::NewEnrollment wanted;
  wanted.key = {"ndes", "t", {}};
  wanted.key.public_key.fill(key);
  wanted.right = crypto::sha256(as_bytes(challenge));
  wanted.challenge = challenge;
  wanted.remember_until = at(1000);
  wanted.device = "laptop";
  wanted.subject = "CN=Laptop";
  wanted.job = issue_job(job);
  wanted.job.job.key.source = core::JobSource::scep;
  wanted.job.job.key.instance = "ndes";
  wanted.job.job.deadline = at(1000);
  wanted.job.external = at(900);
  return wanted;
}

const core::Failed kNo = core::failed(core::failure::kDeniedByCa, "no");

class ExternalTest : public QueueTest {
 protected:
  core::BeginAnswer begin(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    auto answers = stores_->enrollments.begin({wanted}, now);
    EXPECT_TRUE(answers.ok()) << answers.error().message();
    return answers->front();
  }
  core::JobTicket begun(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    return std::get<EnrollmentStanding>(begin(wanted, now)).ticket;
  }
  ChallengeConflict refused(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    return std::get<ChallengeConflict>(begin(wanted, now));
  }
  ExternalCompletion complete(core::JobTicket ticket, const core::ExternalOutcome& news,
                              Timestamp now = at(5)) {
    const auto done = stores_->enrollments.complete(ticket, news, "late-1", now);
    EXPECT_TRUE(done.ok()) << done.error().message();
    return done.ok() ? *done : ExternalCompletion::stands;
  }
  std::vector<core::ExternalEnrollment> overdue(Timestamp now) {
    return stores_->enrollments.overdue(now, 10).value();
  }
};

TEST_F(ExternalTest, ItsJobWaitsAndNoRunnerTakesIt) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  EXPECT_EQ(state("job-1"), JobState::waiting);
  EXPECT_THAT(claim(10, at(100000)), IsEmpty());
  reopen();
  ASSERT_TRUE(store_->recover("life-2", at(1)).ok());
  EXPECT_THAT(claim(10, at(100000)), IsEmpty());
  const auto found = stores_->enrollments.external({"ndes", "t", {}, {}, 10}).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].ticket.value, ticket.value);
  EXPECT_EQ(found[0].public_key[0], 1);
  EXPECT_EQ(found[0].job.key.id, "job-1");
  EXPECT_EQ(found[0].begun, at(0));
  EXPECT_FALSE(found[0].outcome);
  EXPECT_THAT(stores_->enrollments.external({"ndes", "other", {}, {}, 10}).value(), IsEmpty());
}

TEST_F(ExternalTest, TheSameTripleComesAgainAndNoOther) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  EXPECT_EQ(begun(external_enrollment("c", 1, "job-2")).value, ticket.value);
  EXPECT_EQ(refused(external_enrollment("c", 2, "job-3")), ChallengeConflict::challenge_in_use);
}

TEST_F(ExternalTest, ItIsForTheVerySameRequestAlone) {
  const core::NewEnrollment asked = external_enrollment("c", 1, "job-1");
  core::NewEnrollment other_content = external_enrollment("c", 1, "job-2");
  other_content.request.fill(7);
  core::NewEnrollment other_template = external_enrollment("c", 1, "job-3");
  std::get<core::IssueRequest>(other_template.job.job.request).template_name = "administrator";
  const auto ticket = begun(asked);
  for (const auto& bent : {other_content, other_template}) {
    EXPECT_EQ(refused(bent), ChallengeConflict::challenge_in_use);
  }
  complete(ticket, issued("cert"));
  for (const auto& bent : {other_content, other_template}) {
    EXPECT_EQ(refused(bent), ChallengeConflict::challenge_used);
  }
  EXPECT_EQ(begun(asked).value, ticket.value);
  // As a note, as the enrollment queue stores it, it blocks no other enrollment.
  core::NewEnrollment note = other_content;
  note.job.rejection = kNo;
  note.job.external.reset();
  EXPECT_NE(begun(note).value, ticket.value);
  EXPECT_EQ(begun(asked).value, ticket.value);
}

TEST_F(ExternalTest, WhatTheAgentIssuesItselfIsVerifiedForNobodyElse) {
  core::NewEnrollment own = external_enrollment("c", 1, "job-1");
  own.job.external.reset();
  begun(own);
  EXPECT_EQ(refused(external_enrollment("c", 1, "job-2")), ChallengeConflict::challenge_in_use);
  settle(claim_one(at(2)), core::Finish{issued("cert")}, at(2));
  EXPECT_EQ(refused(external_enrollment("c", 1, "job-2")), ChallengeConflict::challenge_used);

  core::NewEnrollment late = external_enrollment("d", 1, "job-3");
  begun(late);
  late.job.external.reset();
  EXPECT_EQ(refused(late), ChallengeConflict::challenge_in_use) << "nor the other way round";
}

TEST_F(ExternalTest, AnOverdueEnrollmentUsesItsChallengeUp) {
  const core::NewEnrollment asked = external_enrollment("c", 1, "job-1");
  const auto ticket = begun(asked);
  complete(ticket, core::Hold{"nothing heard"}, at(900));
  ASSERT_EQ(store_->expire(at(1000), 10).value(), 1U);
  ASSERT_EQ(state("job-1"), JobState::dead);
  EXPECT_EQ(refused(external_enrollment("c", 2, "job-2"), at(1001)),
            ChallengeConflict::challenge_used);
  const auto again = std::get<EnrollmentStanding>(begin(asked, at(1001)));
  EXPECT_FALSE(again.begun);
  ASSERT_TRUE(again.outcome);
  EXPECT_EQ(std::get<core::Failed>(*again.outcome).code, core::failure::kDeadlinePassed.name);
  EXPECT_EQ(complete(ticket, issued("cert"), at(1002)), ExternalCompletion::late);

  core::NewEnrollment shared = external_enrollment("", 3, "job-3");
  shared.right.fill(3);
  const auto first = begun(shared, at(10));
  ASSERT_EQ(store_->expire(at(1000), 10).value(), 1U);
  shared.job.job.key.id = "job-4";
  EXPECT_NE(begun(shared, at(1001)).value, first.value) << "nothing was reserved";
}

TEST_F(ExternalTest, SuccessUsesTheChallengeUpAndIsReported) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  EXPECT_EQ(complete(ticket, issued("cert")), ExternalCompletion::taken);
  reopen();
  EXPECT_EQ(refused(external_enrollment("c", 2, "job-2")), ChallengeConflict::challenge_used);
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].key.id, "job-1");
  EXPECT_TRUE(reports[0].enrollment->external);
  EXPECT_EQ(std::get<core::Issued>(reports[0].outcome).certificate.certificate,
            issued("cert").certificate.certificate);
  EXPECT_EQ(complete(ticket, issued("cert")), ExternalCompletion::stands) << "told again";
  EXPECT_EQ(complete(ticket, kNo), ExternalCompletion::stands);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
}

TEST_F(ExternalTest, FailureReleasesTheChallenge) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  EXPECT_EQ(complete(ticket, kNo), ExternalCompletion::taken);
  EXPECT_EQ(state("job-1"), JobState::failed);
  EXPECT_NE(begun(external_enrollment("c", 2, "job-2"), at(6)).value, ticket.value);
  EXPECT_EQ(refused(external_enrollment("c", 1, "job-3")), ChallengeConflict::challenge_in_use);
}

TEST_F(ExternalTest, WhatIsPendingIsAskedAfterLaterAndLivesAsLong) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  EXPECT_EQ(complete(ticket, core::StillUnderWay{"pending at NDES", at(5000)}),
            ExternalCompletion::taken);
  EXPECT_THAT(overdue(at(4999)), IsEmpty());
  EXPECT_THAT(overdue(at(5000)), SizeIs(1));
  EXPECT_EQ(store_->expire(at(4999), 10).value(), 0U);
  EXPECT_EQ(store_->expire(at(5000), 10).value(), 1U);
  EXPECT_EQ(state("job-1"), JobState::dead);
}

TEST_F(ExternalTest, AnOverdueEnrollmentIsHeldForItsTripleAlone) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  EXPECT_THAT(overdue(at(899)), IsEmpty());
  ASSERT_THAT(overdue(at(900)), SizeIs(1));
  EXPECT_EQ(complete(ticket, core::Hold{"nothing heard"}, at(900)), ExternalCompletion::taken);
  EXPECT_EQ(state("job-1"), JobState::held);
  EXPECT_THAT(overdue(at(901)), IsEmpty());
  EXPECT_EQ(begun(external_enrollment("c", 1, "job-2"), at(901)).value, ticket.value);
  EXPECT_EQ(refused(external_enrollment("c", 2, "job-3"), at(901)),
            ChallengeConflict::challenge_in_use);
  EXPECT_EQ(complete(ticket, issued("cert"), at(902)), ExternalCompletion::taken);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
}

TEST_F(ExternalTest, ACertificateThatComesLateIsRecordedAndUsesTheChallengeUp) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  complete(ticket, kNo);
  EXPECT_EQ(complete(ticket, issued("cert"), at(6)), ExternalCompletion::late);
  EXPECT_EQ(state("late-1"), JobState::succeeded);
  EXPECT_EQ(state("job-1"), JobState::failed);
  EXPECT_THAT(unreported(), SizeIs(2));
  EXPECT_EQ(refused(external_enrollment("c", 2, "job-2")), ChallengeConflict::challenge_used);
  EXPECT_EQ(complete(ticket, issued("cert"), at(7)), ExternalCompletion::stands) << "told again";
  EXPECT_THAT(unreported(), SizeIs(2));
}

TEST_F(ExternalTest, ALateCertificateTakesNobodyElsesChallenge) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  complete(ticket, kNo);
  const auto other = begun(external_enrollment("c", 2, "job-2"), at(6));
  EXPECT_EQ(complete(ticket, issued("cert"), at(7)), ExternalCompletion::late);
  EXPECT_EQ(begun(external_enrollment("c", 2, "job-3"), at(8)).value, other.value);
  EXPECT_EQ(complete(other, issued("other"), at(9)), ExternalCompletion::taken);
}

TEST_F(ExternalTest, APersonCancelsItAndDoesNotRetryIt) {
  const auto ticket = begun(external_enrollment("c", 1, "job-1"));
  complete(ticket, core::Hold{"nothing heard"});
  const auto retried = store_->retry(ticket, at(6), "root");
  ASSERT_FALSE(retried.ok());
  EXPECT_EQ(retried.error().code(), error_code(StoreErrc::not_allowed));
  ASSERT_TRUE(store_->cancel(ticket, at(6), "root").ok());
  EXPECT_EQ(state("job-1"), JobState::canceled);
  begun(external_enrollment("c", 2, "job-2"), at(7));
}

TEST_F(ExternalTest, AKeyIsFoundWhateverElseTheTransactionHas) {
  const auto wanted = begun(external_enrollment("c", 1, "job-1"));
  for (int i = 0; i < 100; ++i) {
    begun(external_enrollment("other-" + std::to_string(i), 2, "other-" + std::to_string(i)));
  }
  SqliteEnrollmentLedger& ledger = stores_->enrollments;
  core::ExternalSearch search{"ndes", "t", crypto::Sha256{}, {}, 10};
  search.public_key->fill(1);
  const auto of_key = ledger.external(search).value();
  ASSERT_THAT(of_key, SizeIs(1));
  EXPECT_EQ(of_key[0].ticket.value, wanted.value);
  search.service = "other";
  EXPECT_THAT(ledger.external(search).value(), IsEmpty());
  // Without a key it is on the last page.
  core::ExternalSearch all{"ndes", "t", {}, {}, 30};
  std::vector<std::int64_t> seen;
  for (;;) {
    const auto page = ledger.external(all).value();
    if (page.empty()) break;
    for (const auto& one : page) seen.push_back(one.ticket.value);
    all.after = page.back().ticket;
  }
  EXPECT_THAT(seen, SizeIs(101));
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
  EXPECT_EQ(seen.back(), wanted.value);
}

TEST_F(ExternalTest, ACertificateOfNoKnownRequestIsRecordedOnce) {
  core::NewEnrollment unknown = external_enrollment("", 1, "job-1");
  unknown.job.job.deadline.reset();
  SqliteEnrollmentLedger& ledger = stores_->enrollments;
  EXPECT_EQ(ledger.record(unknown, issued("cert"), at(5)).value(), ExternalCompletion::taken);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
  unknown.job.job.key.id = "job-2";
  EXPECT_EQ(ledger.record(unknown, issued("cert"), at(6)).value(), ExternalCompletion::stands);
  reopen();
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].key.id, "job-1");
}

TEST_F(ExternalTest, TheAgentsOwnJobsAreNotCompleted) {
  core::NewEnrollment own = external_enrollment("c", 1, "job-1");
  own.job.external.reset();
  const auto ticket = begun(own);
  EXPECT_THAT(stores_->enrollments.external({"ndes", "t", {}, {}, 10}).value(), IsEmpty());
  EXPECT_FALSE(stores_->enrollments.complete(ticket, kNo, "late-1", at(5)).ok());
  EXPECT_FALSE(stores_->enrollments.complete({999}, kNo, "late-1", at(5)).ok());
}

}  // namespace
}  // namespace certconnector::store
