#include "agent/enrollment/enrollment_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/fake_enrollment_ledger.h"
#include "tests/support/core/recording_work.h"

namespace certconnector::enrollment {
namespace {

using certconnector::testing::CoreFixture;
using certconnector::testing::FakeEnrollmentLedger;
using certconnector::testing::FakeJobStore;
using certconnector::testing::kTestCa;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr EnrollmentTerms kAtOnce{false, std::chrono::seconds(10)};
constexpr EnrollmentTerms kAfterReport{true, std::chrono::seconds(10)};

core::NewEnrollment asked(const std::string& id) {
  core::NewEnrollment enrollment;
  enrollment.key = {"phones", id, {}};
  enrollment.job.job = certconnector::testing::issue_job(id);
  enrollment.job.job.key.source = core::JobSource::scep;
  return enrollment;
}

core::Issued certificate(std::uint8_t content) { return {{{content}, {content}, {}, {}}, ""}; }

class EnrollmentQueueTest : public CoreFixture {
 protected:
  void enroll(const std::string& id, const EnrollmentTerms& terms = kAtOnce) {
    enrollment_queue_.enroll(asked(id), terms, [this, id](const EnrollmentAnswer& answer) {
      answers_.emplace_back(id, in_words(answer));
    });
  }
  Duration step() { return enrollment_queue_.step(never); }
  void settle(const std::string& id, core::Verdict verdict) {
    enrollment_queue_.settled({{ledger_.tickets.at(id), std::move(verdict)}});
  }
  void acknowledge(const std::string& id, core::ReportVerdict verdict, bool issued = true) {
    enrollment_queue_.acknowledged(
        {{ledger_.tickets.at(id), verdict, "", std::nullopt, "", issued}});
  }
  static std::string in_words(const EnrollmentAnswer& answer) {
    if (const auto* issued = std::get_if<Enrolled>(&answer)) {
      return (issued->fresh ? "certificate " : "certificate of before ") +
             std::to_string(issued->certificate.certificate.at(0));
    }
    if (std::holds_alternative<StillPending>(answer)) return "pending";
    if (const auto* failed = std::get_if<core::Failed>(&answer)) return failed->code;
    return "not taken";
  }

  FakeEnrollmentLedger ledger_;
  testing::RecordingWork work_{intake};
  Wakeup reporter_loop_;
  const runtime::Subscription reporting_{intake.to_report(), reporter_loop_};
  std::vector<std::pair<std::string, std::string>> answers_;
  EnrollmentQueue enrollment_queue_{ledger_, storage, clock, crash_points, intake};
};

TEST_F(EnrollmentQueueTest, ADenialIsNotedAsAJobThatNobodyDoes) {
  core::NewEnrollment enrollment = asked("a");
  enrollment.job.external = clock.now();
  enrollment_queue_.note(std::move(enrollment),
                         core::failed(core::failure::kChallengeWrong, "not this one"));
  step();
  ASSERT_THAT(ledger_.asked, SizeIs(1));
  const core::NewJob& noted = ledger_.asked.front().job;
  ASSERT_TRUE(noted.rejection);
  EXPECT_EQ(noted.rejection->code, core::failure::kChallengeWrong.name);
  EXPECT_FALSE(noted.external);
  EXPECT_THAT(std::get<core::IssueRequest>(noted.job.request).pkcs10, IsEmpty());
  EXPECT_THAT(work_.announced, IsEmpty());
  EXPECT_TRUE(reporter_loop_.wait(Duration(0), never));
}

TEST_F(EnrollmentQueueTest, StoresWithinASecondWhichRenewalsDevicesGot) {
  enrollment_queue_.given({7});
  step();
  enrollment_queue_.given({8});
  EXPECT_THAT(ledger_.given_renewals, IsEmpty()) << "they share a transaction";
  EXPECT_LE(step(), std::chrono::seconds(1));
  clock.advance(std::chrono::seconds(1));
  step();
  ASSERT_THAT(ledger_.given_renewals, SizeIs(2));
  EXPECT_EQ(ledger_.given_renewals[1].value, 8);
  enrollment_queue_.given({9});
  enrollment_queue_.close();
  EXPECT_THAT(ledger_.given_renewals, SizeIs(3)) << "the agent stops";
}

TEST_F(EnrollmentQueueTest, ARenewalThatItsLineageDeniesRaisesAnAlarm) {
  LineageAlarms alarms(clock, logger);
  EnrollmentQueue enrollment_queue(ledger_, storage, clock, crash_points, intake, &alarms);
  core::NewEnrollment renewal = asked("a");
  renewal.renewal = core::Renewal{{0x0a}, {}};
  ledger_.answers["a"] = core::LineageConflict::full;
  enrollment_queue.enroll(renewal, kAtOnce, [](const EnrollmentAnswer&) {});
  enrollment_queue.step(never);
  EXPECT_TRUE(alarms.finding());
  core::EnrollmentStanding begun;
  begun.begun = true;
  ledger_.answers["a"] = begun;
  enrollment_queue.enroll(renewal, kAtOnce, [](const EnrollmentAnswer&) {});
  enrollment_queue.step(never);
  EXPECT_FALSE(alarms.finding()) << "a person has allowed it";
}

TEST_F(EnrollmentQueueTest, AnAnswerSaysWhetherItIsForARenewal) {
  core::EnrollmentStanding renewal;
  renewal.ticket = {5};
  renewal.renews = true;
  ledger_.answers["a"] = renewal;
  std::optional<Enrolled> answer;
  enrollment_queue_.enroll(asked("a"), kAtOnce, [&](const EnrollmentAnswer& given) {
    if (const auto* enrolled = std::get_if<Enrolled>(&given)) answer = *enrolled;
  });
  step();
  enrollment_queue_.settled({{{5}, core::Finish{certificate(7), {}}}});
  ASSERT_TRUE(answer);
  ASSERT_TRUE(answer->renewal);
  EXPECT_EQ(answer->renewal->value, 5);

  renewal.state = core::JobState::succeeded;
  renewal.outcome = certificate(7);
  ledger_.standing = renewal;
  const auto polled = enrollment_queue_.poll({"phones", "a", {}}, kAtOnce);
  ASSERT_TRUE(polled.ok() && *polled);
  EXPECT_TRUE(std::get<Enrolled>(**polled).renewal);
  ledger_.standing->renews = false;
  const auto first = enrollment_queue_.poll({"phones", "a", {}}, kAtOnce);
  EXPECT_FALSE(std::get<Enrolled>(**first).renewal);
}

TEST_F(EnrollmentQueueTest, StoresAndAnnouncesTogetherArrivalsThatComeTogether) {
  for (const char* id : {"a", "b", "c"}) enroll(id);
  EXPECT_THAT(work_.announced, IsEmpty());
  step();
  EXPECT_THAT(ledger_.batches, ElementsAre(3));
  EXPECT_THAT(crash_points.points, ElementsAre(core::CrashPoint::enrollments_arrived,
                                               core::CrashPoint::enrollments_begun));
  EXPECT_THAT(work_.announced, ElementsAre(Pair(kTestCa, 3)));
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(EnrollmentQueueTest, WhereManyWaitArrivalsAreGatheredForAMoment) {
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) enroll(id);
  step();
  enroll("h");
  step();
  EXPECT_THAT(ledger_.batches, ElementsAre(7, 1)) << "few wait: at once";
  enroll("i");
  clock.advance(Duration(4));
  EXPECT_EQ(step(), Duration(6));
  enroll("j");
  EXPECT_THAT(ledger_.batches, SizeIs(2));
  clock.advance(Duration(6));
  step();
  EXPECT_THAT(ledger_.batches, ElementsAre(7, 1, 2));
  clock.advance(Duration(10));
  enroll("k");
  step();
  EXPECT_THAT(ledger_.batches, ElementsAre(7, 1, 2, 1)) << "the moment is over";
}

TEST_F(EnrollmentQueueTest, NoTransactionHasMoreThanTheLedgerTakesAtOnce) {
  ledger_.at_once = 3;
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) enroll(id);
  step();
  EXPECT_THAT(ledger_.batches, ElementsAre(3, 3, 1));
  EXPECT_EQ(ledger_.asked.size(), 7U);
}

TEST_F(EnrollmentQueueTest, PatienceEndsWhileOthersAreGathered) {
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) enroll(id);
  enroll("hasty", {false, Duration(3)});
  step();
  enroll("late");
  EXPECT_EQ(step(), Duration(3));
  clock.advance(Duration(3));
  step();
  EXPECT_THAT(answers_, ElementsAre(Pair("hasty", "pending")));
}

TEST_F(EnrollmentQueueTest, AnnouncesADenialOnArrivalForItsReport) {
  core::EnrollmentStanding noted;
  noted.state = core::JobState::failed;
  noted.outcome = core::failed(core::failure::kDeniedByCa, "no");
  ledger_.answers["refused"] = noted;
  core::NewEnrollment wrong = asked("refused");
  wrong.job.rejection = std::get<core::Failed>(*noted.outcome);
  enrollment_queue_.enroll(std::move(wrong), kAtOnce, [](const EnrollmentAnswer&) {});
  enroll("a");
  step();
  EXPECT_THAT(work_.announced, ElementsAre(Pair(kTestCa, 1)));
  EXPECT_TRUE(reporter_loop_.wait(Duration(0), never));
}

TEST_F(EnrollmentQueueTest, AnswersWhenTheJobIsSettled) {
  enroll("a");
  enroll("b");
  step();
  settle("b", core::Finish{core::failed(core::failure::kDeniedByCa, "no")});
  settle("a", core::Finish{certificate(7)});
  EXPECT_THAT(answers_, ElementsAre(Pair("b", "denied_by_ca"), Pair("a", "certificate 7")));
}

TEST_F(EnrollmentQueueTest, AnOutcomeThatComesBeforeTheWaitBeginsIsNotMissed) {
  ledger_.while_beginning = [this] { settle("a", core::Finish{certificate(7)}); };
  enroll("a");
  step();
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "certificate 7")));
}

TEST_F(EnrollmentQueueTest, ManyMayWaitForOneJob) {
  enroll("a");
  step();
  core::EnrollmentStanding same;
  same.ticket = ledger_.tickets.at("a");
  ledger_.answers["again"] = same;
  enroll("again");
  step();
  settle("a", core::Finish{certificate(7)});
  EXPECT_EQ(answers_.size(), 2U);
  EXPECT_EQ(work_.announced.size(), 1U) << "the second one made no job";
}

TEST_F(EnrollmentQueueTest, PatienceEndsInPending) {
  enroll("a");
  EXPECT_EQ(step(), std::chrono::seconds(10));
  clock.advance(std::chrono::seconds(10));
  step();
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "pending")));
  settle("a", core::Finish{certificate(7)});
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(EnrollmentQueueTest, AJobThatTakesLongIsPendingAtOnce) {
  const std::vector<core::Verdict> verdicts{core::WaitForCa{"7", {}}, core::WaitForApproval{"boss"},
                                            core::Hold{"?"}};
  for (const core::Verdict& verdict : verdicts) {
    enroll("a");
    step();
    settle("a", verdict);
    EXPECT_THAT(answers_, ElementsAre(Pair("a", "pending")));
    answers_.clear();
  }
}

TEST_F(EnrollmentQueueTest, ARetryOfTheCaIsWaitedFor) {
  enroll("a");
  step();
  settle("a", core::RetryLater{});
  EXPECT_THAT(answers_, IsEmpty());
  settle("a", core::Die{core::failed(core::failure::kAttemptsUsedUp, "")});
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "attempts_used_up")));
}

TEST_F(EnrollmentQueueTest, AfterTheReportOnlyWhereTheServiceSaysSo) {
  for (const auto& [verdict, words] : std::vector<std::pair<core::ReportVerdict, std::string>>{
           {core::ReportVerdict::accepted, "certificate of before 7"},
           {core::ReportVerdict::duplicate, "certificate of before 7"},
           {core::ReportVerdict::superseded, "withheld"},
           {core::ReportVerdict::refused, "withheld"}}) {
    enroll("a", kAfterReport);
    step();
    settle("a", core::Finish{certificate(7)});
    EXPECT_THAT(answers_, IsEmpty());
    acknowledge("a", verdict);
    EXPECT_THAT(answers_, ElementsAre(Pair("a", words)));
    answers_.clear();
  }
}

// The store has the settled job before the queue hears of it, and the reporter may be quicker.
TEST_F(EnrollmentQueueTest, AnAcknowledgementMayComeBeforeTheCertificate) {
  for (const auto& [verdict, words] : {std::pair{core::ReportVerdict::accepted, "certificate 7"},
                                       std::pair{core::ReportVerdict::refused, "withheld"}}) {
    enroll("a", kAfterReport);
    step();
    acknowledge("a", verdict);
    settle("a", core::Finish{certificate(7)});
    EXPECT_THAT(answers_, ElementsAre(Pair("a", words)));
    answers_.clear();
  }
}

TEST_F(EnrollmentQueueTest, TheAcknowledgementOfAFailureIsNotThatOfItsRetry) {
  enroll("a", kAfterReport);
  step();
  acknowledge("a", core::ReportVerdict::accepted, false);
  acknowledge("a", core::ReportVerdict::refused, false);
  settle("a", core::Finish{certificate(7)});
  EXPECT_THAT(answers_, IsEmpty());
  acknowledge("a", core::ReportVerdict::accepted);
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "certificate of before 7")));
}

TEST_F(EnrollmentQueueTest, AnUnreportedCertificateIsNotGivenToARetryEither) {
  core::EnrollmentStanding standing;
  standing.state = core::JobState::succeeded;
  standing.outcome = certificate(7);
  ledger_.answers["a"] = standing;
  enroll("a", kAfterReport);
  step();
  EXPECT_THAT(answers_, IsEmpty());
  standing.state = core::JobState::reported;
  ledger_.answers["a"] = standing;
  enroll("a", kAfterReport);
  step();
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "certificate of before 7")));
}

TEST_F(EnrollmentQueueTest, DenialsOfTheLedgerAreFailures) {
  ledger_.answers["a"] = core::ChallengeConflict::challenge_in_use;
  ledger_.answers["b"] = core::ChallengeConflict::challenge_used;
  enroll("a");
  enroll("b");
  step();
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "challenge_in_use"), Pair("b", "challenge_used")));
}

TEST_F(EnrollmentQueueTest, DenialsOfTheLedgerAreNotedOnceAsJobsThatFailedOnArrival) {
  ledger_.answers["a"] = core::ChallengeConflict::challenge_used;
  enroll("a");
  EXPECT_EQ(step(), Duration(0));
  ASSERT_EQ(ledger_.asked.size(), 1U);
  EXPECT_FALSE(ledger_.asked.front().job.rejection);
  EXPECT_EQ(step(), runtime::kIdle);
  ASSERT_EQ(ledger_.asked.size(), 2U);
  const core::NewEnrollment& noted = ledger_.asked.back();
  ASSERT_TRUE(noted.job.rejection);
  EXPECT_EQ(noted.job.rejection->code, "challenge_used");
  EXPECT_EQ(noted.key.transaction_id, "a");
  EXPECT_TRUE(std::get<core::IssueRequest>(noted.job.job.request).pkcs10.empty());
  step();
  EXPECT_EQ(ledger_.asked.size(), 2U) << "no endless calls when the ledger denies even that";
}

TEST_F(EnrollmentQueueTest, AFailedStoreMakesItUnavailableAndTheGuardHears) {
  ledger_.failure = FakeJobStore::disk_full();
  enroll("a");
  step();
  EXPECT_THAT(answers_, ElementsAre(Pair("a", "not taken")));
  EXPECT_TRUE(operating_mode.storage_is_failing());
}

TEST_F(EnrollmentQueueTest, APollIsAnsweredFromTheLedger) {
  const core::EnrollmentKey key{"phones", "a", {}};
  EXPECT_FALSE(enrollment_queue_.poll(key, kAtOnce)->has_value());
  core::EnrollmentStanding standing;
  ledger_.standing = standing;
  EXPECT_EQ(in_words(**enrollment_queue_.poll(key, kAtOnce)), "pending");
  standing.state = core::JobState::succeeded;
  standing.outcome = certificate(7);
  ledger_.standing = standing;
  EXPECT_EQ(in_words(**enrollment_queue_.poll(key, kAtOnce)), "certificate of before 7");
  EXPECT_EQ(in_words(**enrollment_queue_.poll(key, kAfterReport)), "pending");
  standing.withheld = true;
  ledger_.standing = standing;
  EXPECT_EQ(in_words(**enrollment_queue_.poll(key, kAtOnce)), "withheld");
}

TEST_F(EnrollmentQueueTest, ClosingAnswersEverybody) {
  enroll("a");
  step();
  enroll("b");
  enrollment_queue_.close();
  EXPECT_THAT(answers_, ElementsAre(Pair("b", "not taken"), Pair("a", "pending")));
}

}  // namespace
}  // namespace certconnector::enrollment
