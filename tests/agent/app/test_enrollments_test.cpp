// Tests whose certificates come late, on a real queue.
#include "agent/app/test_enrollments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/control/local_revocation.h"
#include "agent/platform/files.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/support/core/recording_work.h"
#include "tests/support/core/stored_jobs.h"
#include "tests/support/fake_clock.h"
#include "tests/support/store/open_stores.h"

namespace certconnector::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Left = TestEnrollments::Left;

const core::CaFingerprint kCa(64, 'c');
const Bytes kSerial{0x0A, 0x0B};

class TestEnrollmentsTest : public ::testing::Test {
 protected:
  TestEnrollmentsTest() {
    store_ = &stores_.jobs;
    ledger_ = &stores_.enrollments;
    intake_ = std::make_unique<jobs::JobIntake>(*store_, clock_);
    work_ = std::make_unique<certconnector::testing::RecordingWork>(*intake_);
    start();
  }

  // As at the agent's start, with the file as it is.
  void start() {
    tests_ = std::make_unique<TestEnrollments>(
        TestEnrollmentParts{*store_, *intake_, *ledger_, clock_, log_,
                            [this](const core::CaFingerprint&, const Bytes&) { return revoked_; }});
    ASSERT_TRUE(tests_->open(file_).ok());
  }

  void begin_test() { ASSERT_TRUE(tests_->begin("phones", "t1").ok()); }
  void device_asks() {
    core::NewEnrollment enrollment;
    enrollment.key = {"phones", "t1", {}};
    enrollment.job.job = issue_job("scep-1", kCa);
    enrollment.job.job.key.source = core::JobSource::scep;
    enrollment.job.job.key.instance = "phones";
    ASSERT_TRUE(ledger_->begin({enrollment}, clock_.now()).ok());
  }
  void ca_begins() {
    const auto claimed =
        store_->claim({kCa, 1, "owner", clock_.now(), clock_.now() + std::chrono::minutes(10)});
    ASSERT_TRUE(claimed.ok() && claimed->size() == 1U);
    ticket_ = claimed->front().ticket;
  }
  void ca_answers(core::Verdict verdict) {
    ASSERT_TRUE(
        store_
            ->settle({stored_jobs::settlement(ticket_, std::move(verdict))}, "owner", clock_.now())
            .ok());
  }
  void ca_issues() {
    core::IssuedCertificate issued;
    issued.certificate = {1};
    issued.serial = kSerial;
    issued.not_before = clock_.wall();
    issued.not_after = clock_.wall() + std::chrono::hours(24);
    ASSERT_TRUE(
        store_
            ->settle({stored_jobs::settlement(ticket_, core::Finish{core::Issued{issued, ""}})},
                     "owner", clock_.now())
            .ok());
  }
  void step() { static_cast<void>(tests_->step(StopToken())); }

  [[nodiscard]] core::JobState state() { return store_->find("scep-1")->front().state; }
  [[nodiscard]] std::vector<Bytes> revocations() {
    core::JobFilter filter;
    filter.type = core::JobType::revoke;
    std::vector<Bytes> serials;
    const auto jobs = store_->list(filter);
    EXPECT_TRUE(jobs.ok());
    for (const core::JobRecord& job : jobs.value()) {
      EXPECT_EQ(job.job.ca, kCa);
      serials.push_back(std::get<core::RevokeRequest>(job.job.request).serial);
    }
    return serials;
  }
  [[nodiscard]] bool remembers() const { return platform::file_exists(file_); }

  certconnector::testing::TempDirectory folder_;
  const std::string file_ = folder_.file("scep-tests");
  certconnector::testing::FakeClock clock_;
  certconnector::testing::CapturingLogger log_;
  certconnector::testing::OpenStores stores_{folder_.file("agent.db")};
  store::SqliteJobStore* store_ = nullptr;           // of stores_
  store::SqliteEnrollmentLedger* ledger_ = nullptr;  // of stores_
  std::unique_ptr<jobs::JobIntake> intake_;
  std::unique_ptr<certconnector::testing::RecordingWork> work_;
  bool revoked_ = false;
  core::JobTicket ticket_;
  std::unique_ptr<TestEnrollments> tests_;
};

TEST_F(TestEnrollmentsTest, WhatWaitsIsWithdrawn) {
  begin_test();
  EXPECT_TRUE(remembers()) << "before the request is sent";
  device_asks();
  EXPECT_EQ(tests_->end("t1", false), Left::withdrawn);
  EXPECT_EQ(state(), core::JobState::canceled);
  step();
  EXPECT_FALSE(remembers());
  EXPECT_THAT(revocations(), IsEmpty());
}

TEST_F(TestEnrollmentsTest, WhatTheCaHasInHandIsRevokedWhenItComes) {
  begin_test();
  device_asks();
  ca_begins();
  EXPECT_EQ(tests_->end("t1", false), Left::awaited);
  step();
  EXPECT_THAT(revocations(), IsEmpty());
  ca_issues();
  step();
  EXPECT_THAT(revocations(), ElementsAre(kSerial));
  EXPECT_THAT(work_->announced, ::testing::ElementsAre(::testing::Pair(kCa, 1)));
  EXPECT_FALSE(remembers());
  step();
  EXPECT_THAT(revocations(), SizeIs(1)) << "once";
}

TEST_F(TestEnrollmentsTest, WhatIsHeldStaysHeldForThePersonWhoLooksAtTheCa) {
  begin_test();
  device_asks();
  ca_begins();
  ca_answers(core::Hold{"the helper was killed"});
  EXPECT_EQ(tests_->end("t1", false), Left::held);
  step();
  EXPECT_EQ(state(), core::JobState::held);
  EXPECT_TRUE(remembers()) << "a certificate may follow";
}

TEST_F(TestEnrollmentsTest, WhatTheCaHasTakenIsNotWithdrawn) {
  begin_test();
  device_asks();
  ca_begins();
  ca_answers(core::WaitForCa{"ticket-7", clock_.now() + std::chrono::minutes(1)});
  EXPECT_EQ(tests_->end("t1", false), Left::awaited);
  EXPECT_EQ(state(), core::JobState::waiting);
}

TEST_F(TestEnrollmentsTest, WhatTheCaIsAskedAboutFirstIsNotWithdrawn) {
  begin_test();
  device_asks();
  ca_begins();
  core::RetryLater in_doubt;
  in_doubt.ask_ca_first = true;
  ca_answers(in_doubt);
  EXPECT_EQ(tests_->end("t1", false), Left::awaited);
  EXPECT_EQ(state(), core::JobState::queued);
}

TEST_F(TestEnrollmentsTest, AlsoAfterARestart) {
  begin_test();
  device_asks();
  ca_begins();
  start();
  step();
  EXPECT_TRUE(remembers()) << "it is in work";
  ca_issues();
  start();
  step();
  EXPECT_THAT(revocations(), ElementsAre(kSerial));
  EXPECT_FALSE(remembers());
}

TEST_F(TestEnrollmentsTest, TheCallerWithTheCertificateRevokesIt) {
  begin_test();
  device_asks();
  ca_begins();
  ca_issues();
  EXPECT_EQ(tests_->end("t1", true), Left::awaited);
  clock_.advance(std::chrono::seconds(59));
  step();
  EXPECT_THAT(revocations(), IsEmpty());
  EXPECT_TRUE(remembers());
  revoked_ = true;
  step();
  EXPECT_FALSE(remembers());
  EXPECT_THAT(revocations(), IsEmpty());
}

// As at a CA behind a helper, which the agent cannot ask whether it revoked a certificate.
TEST_F(TestEnrollmentsTest, ARevocationByTheCallerCountsWhereTheCaCannotTell) {
  begin_test();
  device_asks();
  ca_begins();
  ca_issues();
  EXPECT_EQ(tests_->end("t1", true), Left::awaited);
  ASSERT_TRUE(intake_
                  ->insert({control::make_local_revocation(
                      {kCa, kSerial, core::RevocationReason::cessation_of_operation}, {"root"})})
                  .ok());
  clock_.advance(std::chrono::minutes(1));
  step();
  EXPECT_THAT(revocations(), SizeIs(1)) << "the caller's";
  EXPECT_FALSE(remembers());
}

TEST_F(TestEnrollmentsTest, OneThatNobodyRevokedIsRevoked) {
  begin_test();
  device_asks();
  ca_begins();
  ca_issues();
  EXPECT_EQ(tests_->end("t1", true), Left::awaited);
  clock_.advance(std::chrono::minutes(1));
  step();
  EXPECT_THAT(revocations(), ElementsAre(kSerial));
  EXPECT_FALSE(remembers());
}

TEST_F(TestEnrollmentsTest, ARequestThatComesLateIsWithdrawn) {
  begin_test();
  EXPECT_EQ(tests_->end("t1", false), Left::no_job);
  clock_.advance(std::chrono::minutes(5));
  device_asks();
  step();
  EXPECT_EQ(state(), core::JobState::canceled);
  EXPECT_FALSE(remembers());
}

TEST_F(TestEnrollmentsTest, OneThatNeverCameIsForgotten) {
  begin_test();
  EXPECT_EQ(tests_->end("t1", false), Left::no_job);
  clock_.advance(std::chrono::minutes(10));
  step();
  EXPECT_TRUE(remembers());
  clock_.advance(std::chrono::seconds(1));
  step();
  EXPECT_FALSE(remembers());
}

TEST_F(TestEnrollmentsTest, ATestUnderWayGoesOn) {
  begin_test();
  device_asks();
  step();
  EXPECT_EQ(state(), core::JobState::queued);
}

TEST_F(TestEnrollmentsTest, NothingIsSentThatCouldNotBeNoted) {
  std::filesystem::create_directory(file_);
  EXPECT_FALSE(tests_->begin("phones", "t1").ok());
}

}  // namespace
}  // namespace certconnector::app
