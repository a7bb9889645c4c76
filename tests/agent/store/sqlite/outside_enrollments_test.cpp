#include "agent/core/failure_codes.h"
#include "agent/store/sqlite/errors.h"
#include "agent/store/sqlite/sqlite_enrollment_ledger.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::EnrollmentRefusal;
using core::EnrollmentStanding;
using core::JobState;
using core::OutsideConclusion;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::NewEnrollment outside_enrollment(const std::string& challenge, std::uint8_t key,
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
  wanted.job.outside = at(900);
  return wanted;
}

const core::Failed kNo = core::failed(core::failure::kDeniedByCa, "no");

class OutsideTest : public QueueTest {
 protected:
  core::BeginAnswer begin(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    auto answers = SqliteEnrollmentLedger(*store_).begin({wanted}, now);
    EXPECT_TRUE(answers.ok()) << answers.error().message();
    return answers->front();
  }
  core::JobTicket begun(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    return std::get<EnrollmentStanding>(begin(wanted, now)).ticket;
  }
  EnrollmentRefusal refused(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    return std::get<EnrollmentRefusal>(begin(wanted, now));
  }
  OutsideConclusion conclude(core::JobTicket ticket, const core::OutsideNews& news,
                             Timestamp now = at(5)) {
    const auto done = SqliteEnrollmentLedger(*store_).conclude(ticket, news, "late-1", now);
    EXPECT_TRUE(done.ok()) << done.error().message();
    return done.ok() ? *done : OutsideConclusion::stands;
  }
  std::vector<core::OutsideEnrollment> unheard(Timestamp now) {
    return SqliteEnrollmentLedger(*store_).unheard(now, 10).value();
  }
};

TEST_F(OutsideTest, ItsJobWaitsAndNoRunnerTakesIt) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  EXPECT_EQ(state("job-1"), JobState::waiting);
  EXPECT_THAT(claim(10, at(100000)), IsEmpty());
  reopen();
  ASSERT_TRUE(store_->recover("life-2", at(1)).ok());
  EXPECT_THAT(claim(10, at(100000)), IsEmpty());
  const auto found = SqliteEnrollmentLedger(*store_).outside({"ndes", "t", {}, {}, 10}).value();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].ticket.value, ticket.value);
  EXPECT_EQ(found[0].public_key[0], 1);
  EXPECT_EQ(found[0].job.key.id, "job-1");
  EXPECT_EQ(found[0].begun, at(0));
  EXPECT_FALSE(found[0].outcome);
  EXPECT_THAT(SqliteEnrollmentLedger(*store_).outside({"ndes", "other", {}, {}, 10}).value(),
              IsEmpty());
}

TEST_F(OutsideTest, TheSameTripleComesAgainAndNoOther) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  EXPECT_EQ(begun(outside_enrollment("c", 1, "job-2")).value, ticket.value);
  EXPECT_EQ(refused(outside_enrollment("c", 2, "job-3")), EnrollmentRefusal::challenge_in_use);
}

TEST_F(OutsideTest, ItIsForTheVerySameRequestAlone) {
  const core::NewEnrollment asked = outside_enrollment("c", 1, "job-1");
  core::NewEnrollment other_content = outside_enrollment("c", 1, "job-2");
  other_content.request.fill(7);
  core::NewEnrollment other_template = outside_enrollment("c", 1, "job-3");
  std::get<core::IssueRequest>(other_template.job.job.request).template_name = "administrator";
  const auto ticket = begun(asked);
  for (const auto& bent : {other_content, other_template}) {
    EXPECT_EQ(refused(bent), EnrollmentRefusal::challenge_in_use);
  }
  conclude(ticket, issued("cert"));
  for (const auto& bent : {other_content, other_template}) {
    EXPECT_EQ(refused(bent), EnrollmentRefusal::challenge_used);
  }
  EXPECT_EQ(begun(asked).value, ticket.value);
  // Noted, as the desk does, it stands in nobody's way.
  core::NewEnrollment note = other_content;
  note.job.rejection = kNo;
  note.job.outside.reset();
  EXPECT_NE(begun(note).value, ticket.value);
  EXPECT_EQ(begun(asked).value, ticket.value);
}

TEST_F(OutsideTest, WhatTheAgentIssuesItselfIsVerifiedForNobodyElse) {
  core::NewEnrollment own = outside_enrollment("c", 1, "job-1");
  own.job.outside.reset();
  begun(own);
  EXPECT_EQ(refused(outside_enrollment("c", 1, "job-2")), EnrollmentRefusal::challenge_in_use);
  settle(claim_one(at(2)), core::Finish{issued("cert")}, at(2));
  EXPECT_EQ(refused(outside_enrollment("c", 1, "job-2")), EnrollmentRefusal::challenge_used);

  core::NewEnrollment late = outside_enrollment("d", 1, "job-3");
  begun(late);
  late.job.outside.reset();
  EXPECT_EQ(refused(late), EnrollmentRefusal::challenge_in_use) << "nor the other way round";
}

TEST_F(OutsideTest, WhatNobodyEverTellsOfUsesItsChallengeUp) {
  const core::NewEnrollment asked = outside_enrollment("c", 1, "job-1");
  const auto ticket = begun(asked);
  conclude(ticket, core::Hold{"nothing heard"}, at(900));
  ASSERT_EQ(store_->expire(at(1000), 10).value(), 1U);
  ASSERT_EQ(state("job-1"), JobState::dead);
  EXPECT_EQ(refused(outside_enrollment("c", 2, "job-2"), at(1001)),
            EnrollmentRefusal::challenge_used);
  const auto again = std::get<EnrollmentStanding>(begin(asked, at(1001)));
  EXPECT_FALSE(again.begun);
  ASSERT_TRUE(again.outcome);
  EXPECT_EQ(std::get<core::Failed>(*again.outcome).code, core::failure::kDeadlinePassed.name);
  EXPECT_EQ(conclude(ticket, issued("cert"), at(1002)), OutsideConclusion::late);

  core::NewEnrollment shared = outside_enrollment("", 3, "job-3");
  shared.right.fill(3);
  const auto first = begun(shared, at(10));
  ASSERT_EQ(store_->expire(at(1000), 10).value(), 1U);
  shared.job.job.key.id = "job-4";
  EXPECT_NE(begun(shared, at(1001)).value, first.value) << "nothing was reserved";
}

TEST_F(OutsideTest, SuccessUsesTheChallengeUpAndIsReported) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  EXPECT_EQ(conclude(ticket, issued("cert")), OutsideConclusion::taken);
  reopen();
  EXPECT_EQ(refused(outside_enrollment("c", 2, "job-2")), EnrollmentRefusal::challenge_used);
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].key.id, "job-1");
  EXPECT_TRUE(reports[0].enrollment->outside);
  EXPECT_EQ(std::get<core::Issued>(reports[0].outcome).certificate.certificate,
            issued("cert").certificate.certificate);
  EXPECT_EQ(conclude(ticket, issued("cert")), OutsideConclusion::stands) << "told again";
  EXPECT_EQ(conclude(ticket, kNo), OutsideConclusion::stands);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
}

TEST_F(OutsideTest, FailureReleasesTheChallenge) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  EXPECT_EQ(conclude(ticket, kNo), OutsideConclusion::taken);
  EXPECT_EQ(state("job-1"), JobState::failed);
  EXPECT_NE(begun(outside_enrollment("c", 2, "job-2"), at(6)).value, ticket.value);
  EXPECT_EQ(refused(outside_enrollment("c", 1, "job-3")), EnrollmentRefusal::challenge_in_use);
}

TEST_F(OutsideTest, WhatIsPendingIsAskedAfterLaterAndLivesAsLong) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  EXPECT_EQ(conclude(ticket, core::StillUnderWay{"pending at NDES", at(5000)}),
            OutsideConclusion::taken);
  EXPECT_THAT(unheard(at(4999)), IsEmpty());
  EXPECT_THAT(unheard(at(5000)), SizeIs(1));
  EXPECT_EQ(store_->expire(at(4999), 10).value(), 0U);
  EXPECT_EQ(store_->expire(at(5000), 10).value(), 1U);
  EXPECT_EQ(state("job-1"), JobState::dead);
}

TEST_F(OutsideTest, WhatNothingIsHeardOfIsHeldForItsTripleAlone) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  EXPECT_THAT(unheard(at(899)), IsEmpty());
  ASSERT_THAT(unheard(at(900)), SizeIs(1));
  EXPECT_EQ(conclude(ticket, core::Hold{"nothing heard"}, at(900)), OutsideConclusion::taken);
  EXPECT_EQ(state("job-1"), JobState::held);
  EXPECT_THAT(unheard(at(901)), IsEmpty());
  EXPECT_EQ(begun(outside_enrollment("c", 1, "job-2"), at(901)).value, ticket.value);
  EXPECT_EQ(refused(outside_enrollment("c", 2, "job-3"), at(901)),
            EnrollmentRefusal::challenge_in_use);
  EXPECT_EQ(conclude(ticket, issued("cert"), at(902)), OutsideConclusion::taken);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
}

TEST_F(OutsideTest, ACertificateThatComesLateIsRecordedAndUsesTheChallengeUp) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  conclude(ticket, kNo);
  EXPECT_EQ(conclude(ticket, issued("cert"), at(6)), OutsideConclusion::late);
  EXPECT_EQ(state("late-1"), JobState::succeeded);
  EXPECT_EQ(state("job-1"), JobState::failed);
  EXPECT_THAT(unreported(), SizeIs(2));
  EXPECT_EQ(refused(outside_enrollment("c", 2, "job-2")), EnrollmentRefusal::challenge_used);
  EXPECT_EQ(conclude(ticket, issued("cert"), at(7)), OutsideConclusion::stands) << "told again";
  EXPECT_THAT(unreported(), SizeIs(2));
}

TEST_F(OutsideTest, ALateCertificateTakesNobodyElsesChallenge) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  conclude(ticket, kNo);
  const auto other = begun(outside_enrollment("c", 2, "job-2"), at(6));
  EXPECT_EQ(conclude(ticket, issued("cert"), at(7)), OutsideConclusion::late);
  EXPECT_EQ(begun(outside_enrollment("c", 2, "job-3"), at(8)).value, other.value);
  EXPECT_EQ(conclude(other, issued("other"), at(9)), OutsideConclusion::taken);
}

TEST_F(OutsideTest, APersonCancelsItAndDoesNotRetryIt) {
  const auto ticket = begun(outside_enrollment("c", 1, "job-1"));
  conclude(ticket, core::Hold{"nothing heard"});
  const auto retried = store_->retry(ticket, at(6), "root");
  ASSERT_FALSE(retried.ok());
  EXPECT_EQ(retried.error().code(), error_code(StoreErrc::not_allowed));
  ASSERT_TRUE(store_->cancel(ticket, at(6), "root").ok());
  EXPECT_EQ(state("job-1"), JobState::canceled);
  begun(outside_enrollment("c", 2, "job-2"), at(7));
}

TEST_F(OutsideTest, AKeyIsFoundWhateverElseTheTransactionHas) {
  const auto wanted = begun(outside_enrollment("c", 1, "job-1"));
  for (int i = 0; i < 100; ++i) {
    begun(outside_enrollment("other-" + std::to_string(i), 2, "other-" + std::to_string(i)));
  }
  SqliteEnrollmentLedger ledger(*store_);
  core::OutsideSearch search{"ndes", "t", crypto::Sha256{}, {}, 10};
  search.public_key->fill(1);
  const auto of_key = ledger.outside(search).value();
  ASSERT_THAT(of_key, SizeIs(1));
  EXPECT_EQ(of_key[0].ticket.value, wanted.value);
  search.service = "other";
  EXPECT_THAT(ledger.outside(search).value(), IsEmpty());
  // Without a key it is on the last page.
  core::OutsideSearch all{"ndes", "t", {}, {}, 30};
  std::vector<std::int64_t> seen;
  for (;;) {
    const auto page = ledger.outside(all).value();
    if (page.empty()) break;
    for (const auto& one : page) seen.push_back(one.ticket.value);
    all.after = page.back().ticket;
  }
  EXPECT_THAT(seen, SizeIs(101));
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
  EXPECT_EQ(seen.back(), wanted.value);
}

TEST_F(OutsideTest, ACertificateOfNoKnownRequestIsRecordedOnce) {
  core::NewEnrollment unknown = outside_enrollment("", 1, "job-1");
  unknown.job.job.deadline.reset();
  SqliteEnrollmentLedger ledger(*store_);
  EXPECT_EQ(ledger.record(unknown, issued("cert"), at(5)).value(), OutsideConclusion::taken);
  EXPECT_EQ(state("job-1"), JobState::succeeded);
  unknown.job.job.key.id = "job-2";
  EXPECT_EQ(ledger.record(unknown, issued("cert"), at(6)).value(), OutsideConclusion::stands);
  reopen();
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].key.id, "job-1");
}

TEST_F(OutsideTest, NothingIsToldToTheAgentsOwnJobs) {
  core::NewEnrollment own = outside_enrollment("c", 1, "job-1");
  own.job.outside.reset();
  const auto ticket = begun(own);
  EXPECT_THAT(SqliteEnrollmentLedger(*store_).outside({"ndes", "t", {}, {}, 10}).value(),
              IsEmpty());
  EXPECT_FALSE(SqliteEnrollmentLedger(*store_).conclude(ticket, kNo, "late-1", at(5)).ok());
  EXPECT_FALSE(SqliteEnrollmentLedger(*store_).conclude({999}, kNo, "late-1", at(5)).ok());
}

}  // namespace
}  // namespace certconnector::store
