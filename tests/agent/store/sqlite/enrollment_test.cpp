#include "agent/core/failure_codes.h"
#include "agent/store/sqlite/sqlite_challenge_ledger.h"
#include "agent/store/sqlite/sqlite_enrollment_ledger.h"
#include "tests/agent/store/sqlite/queue_fixture.h"

namespace certconnector::store {
namespace {

using core::BeginAnswer;
using core::ChallengeConflict;
using core::EnrollmentStanding;
using core::JobState;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::NewJob scep_job(const std::string& id) {
  core::NewJob job = issue_job(id);
  job.job.key.source = core::JobSource::scep;
  job.job.key.instance = "phones";
  return job;
}

core::NewEnrollment enrollment(const std::string& challenge, const std::string& transaction,
                               std::uint8_t key, const std::string& job) {
  core::NewEnrollment wanted;
  wanted.key = {"phones", transaction, {}};
  wanted.key.public_key.fill(key);
  wanted.right = crypto::sha256(as_bytes(challenge));
  wanted.challenge = challenge;
  wanted.remember_until = at(1000);
  wanted.device = "device-" + std::to_string(key);
  wanted.subject = "CN=Phone " + std::to_string(key);
  wanted.job = scep_job(job);
  return wanted;
}

class EnrollmentTest : public QueueTest {
 protected:
  BeginAnswer begin(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    SqliteEnrollmentLedger& ledger = stores_->enrollments;
    auto answers = ledger.begin({wanted}, now);
    EXPECT_TRUE(answers.ok()) << answers.error().message();
    return answers->front();
  }
  EnrollmentStanding begun(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    const BeginAnswer answer = begin(wanted, now);
    EXPECT_TRUE(std::holds_alternative<EnrollmentStanding>(answer));
    return std::get<EnrollmentStanding>(answer);
  }
  ChallengeConflict refused(const core::NewEnrollment& wanted, Timestamp now = at(0)) {
    const BeginAnswer answer = begin(wanted, now);
    EXPECT_TRUE(std::holds_alternative<ChallengeConflict>(answer));
    return std::get<ChallengeConflict>(answer);
  }
  std::optional<EnrollmentStanding> find(const core::EnrollmentKey& key) {
    auto found = stores_->enrollments.find(key);
    EXPECT_TRUE(found.ok());
    return *found;
  }
  std::vector<core::EnrollmentRecord> list(const core::EnrollmentFilter& filter) {
    auto found = stores_->enrollments.list(filter);
    EXPECT_TRUE(found.ok());
    return *found;
  }
  void end(core::Outcome outcome, Timestamp now = at(2)) {
    settle(claim_one(now), core::Finish{std::move(outcome)}, now);
  }
};

const core::Failed kDenied = core::failed(core::failure::kDeniedByCa, "no");

TEST_F(EnrollmentTest, ARetryIsTheSameEnrolmentAndGetsTheSameCertificate) {
  const EnrollmentStanding first = begun(enrollment("c", "t", 1, "job-1"));
  EXPECT_TRUE(first.begun);
  const EnrollmentStanding again = begun(enrollment("c", "t", 1, "job-2"));
  EXPECT_FALSE(again.begun);
  EXPECT_EQ(again.ticket.value, first.ticket.value);
  EXPECT_FALSE(again.outcome);

  end(issued("cert"));
  reopen();
  const EnrollmentStanding later = begun(enrollment("c", "t", 1, "job-3"));
  ASSERT_TRUE(later.outcome);
  EXPECT_EQ(std::get<core::Issued>(*later.outcome).certificate.certificate,
            issued("cert").certificate.certificate);
  EXPECT_EQ(store_->list({})->size(), 1U);
}

TEST_F(EnrollmentTest, AChallengeIsForOneTransactionWithOneKey) {
  begun(enrollment("c", "t", 1, "job-1"));
  EXPECT_EQ(refused(enrollment("c", "other", 1, "job-2")), ChallengeConflict::challenge_in_use);
  EXPECT_EQ(refused(enrollment("c", "t", 2, "job-2")), ChallengeConflict::challenge_in_use);
  end(issued("cert"));
  EXPECT_EQ(refused(enrollment("c", "other", 1, "job-2")), ChallengeConflict::challenge_used);
  EXPECT_EQ(store_->list({})->size(), 1U);
}

TEST_F(EnrollmentTest, FailureFreesTheChallengeForAnyone) {
  begun(enrollment("c", "t", 1, "job-1"));
  end(kDenied);
  EXPECT_TRUE(begun(enrollment("c", "t", 2, "job-2")).begun);
  EXPECT_EQ(refused(enrollment("c", "t", 1, "job-3")), ChallengeConflict::challenge_in_use)
      << "the first one has lost it";
}

TEST_F(EnrollmentTest, FailureLetsTheSameTransactionTryAgain) {
  const EnrollmentStanding first = begun(enrollment("c", "t", 1, "job-1"));
  end(kDenied);
  const EnrollmentStanding second = begun(enrollment("c", "t", 1, "job-2"), at(3));
  EXPECT_TRUE(second.begun);
  EXPECT_NE(second.ticket.value, first.ticket.value);
  const auto records = list({});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].attempts, 2);
  EXPECT_EQ(records[0].job, "job-2");
  EXPECT_EQ(refused(enrollment("c", "t", 2, "job-3"), at(3)), ChallengeConflict::challenge_in_use);
  core::EnrollmentFilter of_first;
  of_first.ticket = first.ticket;
  ASSERT_THAT(list(of_first), SizeIs(1));
  EXPECT_EQ(list(of_first)[0].job, "job-1");
}

TEST_F(EnrollmentTest, AReportSaysWhatTheEnrolmentWas) {
  begun(enrollment("c", "t", 1, "job-1"), at(1));
  end(issued("cert"));
  reopen();
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  ASSERT_TRUE(reports[0].enrollment);
  const core::EnrollmentDetails& details = *reports[0].enrollment;
  EXPECT_EQ(details.service, "phones");
  EXPECT_EQ(details.transaction_id, "t");
  EXPECT_EQ(details.public_key, enrollment("c", "t", 1, "job-1").key.public_key);
  EXPECT_EQ(details.challenge, "c");
  EXPECT_EQ(details.device, "device-1");
  EXPECT_EQ(details.subject, "CN=Phone 1");
  EXPECT_EQ(details.requested, at(1));
  EXPECT_FALSE(details.external);
}

TEST_F(EnrollmentTest, EveryAttemptIsReportedWithWhatItWas) {
  begun(enrollment("c", "t", 1, "job-1"), at(1));
  end(kDenied);
  const EnrollmentStanding second = begun(enrollment("c", "t", 1, "job-2"), at(3));
  end(issued("cert"), at(4));
  auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(2));
  for (const core::Report& report : reports) {
    ASSERT_TRUE(report.enrollment);
    EXPECT_EQ(report.enrollment->transaction_id, "t") << report.key.id;
  }
  EXPECT_EQ(reports[0].enrollment->requested, at(1));
  EXPECT_EQ(reports[1].enrollment->requested, at(3));

  acknowledge(reports[0].ticket, core::ReportVerdict::refused);
  EXPECT_FALSE(find(enrollment("c", "t", 1, "").key)->withheld) << "only its own answer counts";
  acknowledge(second.ticket);
  ASSERT_EQ(*store_->purge(at(100000), at(100000), 10), 2U);
  EXPECT_EQ(*stores_->enrollments.purge_enrollments(at(1001), 10), 2U);
}

TEST_F(EnrollmentTest, WithoutAnEnrolmentAJobIsReportedWithItsServiceAlone) {
  insert(scep_job("job-1"));
  end(issued("cert"));
  const auto reports = unreported();
  ASSERT_THAT(reports, SizeIs(1));
  ASSERT_TRUE(reports[0].enrollment);
  EXPECT_EQ(reports[0].enrollment->service, "phones");
  EXPECT_EQ(reports[0].enrollment->transaction_id, "");
}

TEST_F(EnrollmentTest, WithoutAChallengeTheAuthorizationTellsEnrollmentsApart) {
  core::NewEnrollment renewal = enrollment("", "t", 1, "job-1");
  renewal.right.fill(1);
  core::NewEnrollment next = enrollment("", "t", 1, "job-2");
  next.right.fill(2);
  const EnrollmentStanding first = begun(renewal);
  const EnrollmentStanding second = begun(next);
  EXPECT_NE(first.ticket.value, second.ticket.value);
  EXPECT_EQ(begun(renewal).ticket.value, first.ticket.value);
  EXPECT_EQ(find(renewal.key)->ticket.value, second.ticket.value) << "the newest";
}

TEST_F(EnrollmentTest, WithoutAChallengeAnotherRequestIsAnotherEnrollment) {
  core::NewEnrollment old_name = enrollment("", "t", 1, "job-1");
  old_name.request.fill(1);
  const EnrollmentStanding first = begun(old_name);
  end(issued("cert"));
  EXPECT_EQ(begun(old_name, at(3)).ticket.value, first.ticket.value);
  core::NewEnrollment new_name = enrollment("", "t", 1, "job-2");
  new_name.request.fill(2);
  EXPECT_TRUE(begun(new_name, at(3)).begun);
  EXPECT_EQ(begun(old_name, at(4)).ticket.value, first.ticket.value);

  core::NewEnrollment bound = enrollment("c", "t", 2, "job-3");
  bound.request.fill(1);
  const EnrollmentStanding own = begun(bound);
  bound.request.fill(2);
  EXPECT_EQ(begun(bound).ticket.value, own.ticket.value) << "a challenge brings one certificate";
}

TEST_F(EnrollmentTest, AnExpiredCertificateStandsOnlyForAnOwnChallenge) {
  const EnrollmentStanding shared = begun(enrollment("", "t", 1, "job-1"));
  end(issued("cert"));
  const EnrollmentStanding single = begun(enrollment("c", "t", 1, "job-2"));
  end(issued("other"));
  const Timestamp over = issued("cert").certificate.not_after;
  const Timestamp before = over - Duration(1);
  EXPECT_EQ(begun(enrollment("", "t", 1, "job-3"), before).ticket.value, shared.ticket.value);
  const EnrollmentStanding anew = begun(enrollment("", "t", 1, "job-3"), over);
  EXPECT_TRUE(anew.begun);
  EXPECT_EQ(begun(enrollment("", "t", 1, "job-4"), over).ticket.value, anew.ticket.value);
  EXPECT_EQ(begun(enrollment("c", "t", 1, "job-4"), over).ticket.value, single.ticket.value);
  EXPECT_THAT(list({}), SizeIs(3)) << "what had a certificate is still told of";
}

TEST_F(EnrollmentTest, ALaterDenialHidesNothingThatGoesOn) {
  const core::NewEnrollment wanted = enrollment("c", "t", 1, "job-1");
  const EnrollmentStanding first = begun(wanted);
  core::NewEnrollment wrong = enrollment("", "t", 1, "job-2");
  wrong.right.fill(9);
  wrong.job.rejection = kDenied;
  const EnrollmentStanding refusal = begun(wrong);
  EXPECT_EQ(find(wanted.key)->ticket.value, first.ticket.value) << "under way";
  end(issued("cert"));
  EXPECT_EQ(find(wanted.key)->ticket.value, first.ticket.value) << "issued";

  const core::NewEnrollment failing = enrollment("d", "t", 2, "job-3");
  begun(failing);
  end(kDenied);
  wrong.key = failing.key;
  wrong.job.job.key.id = "job-4";
  const EnrollmentStanding newest = begun(wrong);
  EXPECT_NE(newest.ticket.value, refusal.ticket.value);
  EXPECT_EQ(find(failing.key)->ticket.value, newest.ticket.value) << "none is any better";
}

// Else a device whose new request was denied would be handed its old certificate as the answer.
TEST_F(EnrollmentTest, ALaterRequestThatFailedIsTheAnswer) {
  const core::NewEnrollment first = enrollment("c1", "t", 1, "job-1");
  begun(first);
  end(issued("cert"));
  begun(enrollment("c2", "t", 1, "job-2"), at(3));
  end(kDenied, at(4));
  const auto found = find(first.key);
  ASSERT_TRUE(found && found->outcome);
  EXPECT_TRUE(std::holds_alternative<core::Failed>(*found->outcome));
}

TEST_F(EnrollmentTest, ANewAttemptIsForTheDeviceAndSubjectThatItNames) {
  begun(enrollment("c", "t", 1, "job-1"));
  end(kDenied);
  core::NewEnrollment again = enrollment("c", "t", 1, "job-2");
  again.device = "device-9";
  again.subject = "CN=Phone 9";
  begun(again, at(3));
  const auto records = list({});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].device, "device-9");
  EXPECT_EQ(records[0].subject, "CN=Phone 9");
}

TEST_F(EnrollmentTest, ARetryByAPersonNeedsTheChallengeThatTheJobHad) {
  const EnrollmentStanding first = begun(enrollment("c", "t", 1, "job-1"));
  end(kDenied);
  begun(enrollment("c", "t", 2, "job-2"), at(3));
  const Status taken = store_->retry(first.ticket, at(4), "root");
  ASSERT_FALSE(taken.ok()) << "another one is under way with it";
  EXPECT_THAT(taken.error().message(), HasSubstr("challenge c"));
  EXPECT_EQ(state("job-1"), JobState::failed);

  end(kDenied, at(5));
  ASSERT_TRUE(store_->retry(first.ticket, at(6), "root").ok()) << "the other one has failed";
  EXPECT_EQ(refused(enrollment("c", "t", 2, "job-3"), at(7)), ChallengeConflict::challenge_in_use);
  end(issued("cert"), at(8));
  EXPECT_FALSE(store_->retry(record("job-2").ticket, at(9), "root").ok());
  EXPECT_EQ(refused(enrollment("c", "t", 2, "job-3"), at(9)), ChallengeConflict::challenge_used);
}

TEST_F(EnrollmentTest, APersonRetriesNoJobThatANewerOneStandsFor) {
  const EnrollmentStanding first = begun(enrollment("c", "t", 1, "job-1"));
  end(kDenied);
  begun(enrollment("c", "t", 1, "job-2"), at(3));
  end(kDenied, at(4));
  const Status replaced = store_->retry(first.ticket, at(5), "root");
  ASSERT_FALSE(replaced.ok());
  EXPECT_THAT(replaced.error().message(), HasSubstr("scep explain"));
  EXPECT_TRUE(store_->retry(record("job-2").ticket, at(5), "root").ok());
}

TEST_F(EnrollmentTest, ADenialIsNotedOnceAndHoldsNoChallenge) {
  core::NewEnrollment wrong = enrollment("c", "t", 1, "job-1");
  wrong.job.rejection = kDenied;
  const EnrollmentStanding first = begun(wrong);
  EXPECT_EQ(first.state, JobState::failed);
  EXPECT_EQ(std::get<core::Failed>(*first.outcome).code, kDenied.code);
  wrong.job.job.key.id = "job-2";
  EXPECT_EQ(begun(wrong).ticket.value, first.ticket.value);
  EXPECT_THAT(unreported(), SizeIs(1)) << "the endpoint hears of it";

  EXPECT_TRUE(begun(enrollment("c", "other", 2, "job-3")).begun);
  EXPECT_EQ(refused(enrollment("c", "t", 1, "job-4")), ChallengeConflict::challenge_in_use);
}

// A client whose transaction id is made from its key has one for all that it tries.
TEST_F(EnrollmentTest, AnotherReasonInTheSameTransactionIsAnotherDenial) {
  core::NewEnrollment wrong = enrollment("", "t", 1, "job-1");
  wrong.job.rejection = core::failed(core::failure::kChallengeWrong, "no");
  begun(wrong);
  core::NewEnrollment mismatch = wrong;
  mismatch.challenge = "c";
  mismatch.job.rejection = core::failed(core::failure::kSubjectMismatch, "no");
  mismatch.job.job.key.id = "job-2";
  const EnrollmentStanding newest = begun(mismatch);
  mismatch.job.job.key.id = "job-3";
  EXPECT_EQ(begun(mismatch).ticket.value, newest.ticket.value) << "the same once more";
  EXPECT_THAT(unreported(), SizeIs(2));
  ASSERT_THAT(list({}), SizeIs(2));
  EXPECT_EQ(list({})[0].job, "job-2") << "newest first";
  EXPECT_EQ(std::get<core::Failed>(*find(wrong.key)->outcome).code, "subject_mismatch");

  mismatch.challenge = "d";
  EXPECT_NE(begun(mismatch).ticket.value, newest.ticket.value) << "another challenge";
  EXPECT_TRUE(begun(enrollment("c", "t", 1, "job-4")).begun) << "refusals hold none";
}

// Its row outlives its job, and the store notes the denial again all the same.
TEST_F(EnrollmentTest, ADenialOfAChallengeIsNotedAgainOnceItsJobIsGone) {
  core::NewEnrollment used = enrollment("c", "t", 1, "job-1");
  used.job.rejection = core::failed(core::failure::kChallengeUsed, "no");
  acknowledge(begun(used).ticket);
  ASSERT_EQ(*store_->purge(at(100000), at(100000), 10), 1U);
  used.job.job.key.id = "job-2";
  EXPECT_TRUE(begun(used, at(600)).outcome);
  EXPECT_THAT(unreported(), SizeIs(1));
}

TEST_F(EnrollmentTest, AnUnreportedJobIsFinalAtOnce) {
  core::NewEnrollment quiet = enrollment("", "t", 1, "job-1");
  quiet.job.report = false;
  begun(quiet);
  end(issued("cert"));
  EXPECT_THAT(unreported(), IsEmpty());
  EXPECT_EQ(state("job-1"), JobState::reported);
  EXPECT_TRUE(find(quiet.key)->outcome);
}

TEST_F(EnrollmentTest, ACertificateThatTheEndpointDeniesIsWithheld) {
  for (const auto verdict : {core::ReportVerdict::superseded, core::ReportVerdict::refused}) {
    const std::string name = verdict == core::ReportVerdict::refused ? "refused" : "superseded";
    const core::NewEnrollment wanted = enrollment(name, name, 1, name);
    const EnrollmentStanding standing = begun(wanted);
    end(issued("cert"));
    EXPECT_FALSE(find(wanted.key)->withheld);
    acknowledge(standing.ticket, verdict);
    EXPECT_TRUE(find(wanted.key)->withheld) << name;
  }
}

TEST_F(EnrollmentTest, IsKnownAsLongAsItsChallengeLasts) {
  const core::NewEnrollment wanted = enrollment("c", "t", 1, "job-1");
  const EnrollmentStanding standing = begun(wanted);
  end(issued("cert"));
  acknowledge(standing.ticket);
  ASSERT_EQ(*store_->purge(at(800), at(900), 10), 1U);
  EXPECT_EQ(*stores_->enrollments.purge_enrollments(at(900), 10), 0U);
  reopen();
  ASSERT_THAT(list({}), SizeIs(1));
  EXPECT_EQ(list({})[0].job, "job-1");
  EXPECT_EQ(list({})[0].device, "device-1");
  EXPECT_EQ(list({})[0].challenge, "c");
  const EnrollmentStanding later = begun(wanted, at(900));
  EXPECT_EQ(later.ticket.value, standing.ticket.value);
  ASSERT_TRUE(later.outcome) << "a retry gets the same certificate";
  EXPECT_TRUE(std::holds_alternative<core::Issued>(*later.outcome));
}

TEST_F(EnrollmentTest, AUsedChallengeIsRememberedLongerThanItsJob) {
  const core::NewEnrollment wanted = enrollment("c", "t", 1, "job-1");
  const EnrollmentStanding standing = begun(wanted);
  end(issued("cert"));
  acknowledge(standing.ticket);
  ASSERT_EQ(*store_->purge(at(100000), at(100000), 10), 1U);
  EXPECT_FALSE(find(wanted.key));
  EXPECT_EQ(refused(wanted, at(600)), ChallengeConflict::challenge_used);
  EXPECT_EQ(refused(enrollment("c", "other", 2, "job-2"), at(600)),
            ChallengeConflict::challenge_used);

  SqliteEnrollmentLedger& ledger = stores_->enrollments;
  EXPECT_EQ(*ledger.purge_enrollments(at(999), 10), 0U);
  EXPECT_EQ(*ledger.purge_enrollments(at(1001), 10), 1U);
  EXPECT_THAT(list({}), IsEmpty());
}

TEST_F(EnrollmentTest, PeopleWhoSearchKeepNoDeviceWaiting) {
  begun(enrollment("c", "t", 1, "job-1"));
  SqliteEnrollmentLedger& ledger = stores_->enrollments;
  SqliteChallengeLedger& challenges = stores_->challenges;
  // Either would wait for ever if both stood on one connection.
  const Status searched = stores_->file().read([&](Database&) -> Status {
    EXPECT_EQ(ledger.list({})->size(), 1U);
    EXPECT_EQ(store_->list({})->size(), 1U);
    EXPECT_TRUE(store_->history({1}).ok());
    EXPECT_TRUE(challenges.list({}, at(0)).ok());
    EXPECT_TRUE(challenges.revocations().ok());
    return {};
  });
  EXPECT_TRUE(searched.ok());
  const Status asked = stores_->file().browse([&](Database&) -> Status {
    EXPECT_TRUE(challenges.find("phones", {}, at(0)).ok());
    EXPECT_TRUE(challenges.is_revoked("c").ok());
    return {};
  });
  EXPECT_TRUE(asked.ok());
}

TEST_F(EnrollmentTest, OneTransactionTakesTheFirstOfManyKeys) {
  std::vector<core::NewEnrollment> all;
  for (std::uint8_t key = 1; key <= 50; ++key) {
    all.push_back(enrollment("c", "t", key, "job-" + std::to_string(key)));
  }
  const auto answers = stores_->enrollments.begin(all, at(0));
  ASSERT_TRUE(answers.ok());
  EXPECT_TRUE(std::get<EnrollmentStanding>((*answers)[0]).begun);
  for (std::size_t i = 1; i < answers->size(); ++i) {
    EXPECT_EQ(std::get<ChallengeConflict>((*answers)[i]), ChallengeConflict::challenge_in_use);
  }
  EXPECT_EQ(store_->list({})->size(), 1U);
}

TEST_F(EnrollmentTest, AreFoundByWhatPeopleKnow) {
  begun(enrollment("c1", "t1", 1, "job-1"));
  begun(enrollment("c2", "t2", 2, "job-2"));
  core::EnrollmentFilter filter;
  filter.transaction_id = "t1";
  ASSERT_THAT(list(filter), SizeIs(1));
  EXPECT_EQ(list(filter)[0].job, "job-1");
  filter = {};
  filter.device = "device-2";
  ASSERT_THAT(list(filter), SizeIs(1));
  EXPECT_EQ(list(filter)[0].challenge, "c2");
  filter = {};
  filter.subject = "phone 1";
  ASSERT_THAT(list(filter), SizeIs(1));
  EXPECT_EQ(list(filter)[0].key.transaction_id, "t1");
  filter = {};
  filter.service = "tablets";
  EXPECT_THAT(list(filter), IsEmpty());
  ASSERT_THAT(list({}), SizeIs(2));
  EXPECT_EQ(list({})[0].job, "job-2") << "newest first";
  filter = {};
  filter.after = list({})[0].ticket;
  ASSERT_THAT(list(filter), SizeIs(1));
  EXPECT_EQ(list(filter)[0].job, "job-1");
  filter = {};
  filter.ticket = list({})[0].ticket;
  ASSERT_THAT(list(filter), SizeIs(1));
  EXPECT_EQ(list(filter)[0].job, "job-2");
}

}  // namespace
}  // namespace certconnector::store
