#include "agent/upstream/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::upstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::issue_job;
using testing::kTestCa;
using testing::leased;
using ::testing::SizeIs;

using Items = std::vector<core::ReportedItem>;

class ReporterTest : public testing::CoreFixture {
 protected:
  Duration report() { return reporter.step(never); }
  void finish_jobs(int count) {
    std::vector<core::NewJob> jobs;
    jobs.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      jobs.push_back(leased(issue_job("j" + std::to_string(i)), clock));
    }
    ASSERT_TRUE(store.insert(jobs, clock.now()).ok());
    scheduler.ready(kTestCa, static_cast<std::size_t>(count));
    while (work() == Duration(0)) {
    }
    crash_points.points.clear();
  }
  static core::Job enrollment_job(const std::string& id) {
    core::Job job = issue_job(id);
    job.key.source = core::JobSource::scep;
    job.key.instance = "phones";
    return job;
  }
  void finish_enrollment(const std::string& id) {
    ASSERT_TRUE(store.insert({{enrollment_job(id), std::nullopt, std::nullopt}}, clock.now()).ok());
    scheduler.ready(kTestCa, 1);
    while (work() == Duration(0)) {
    }
  }
  static core::Issued certificate_0a0b() {
    core::Issued issued;
    issued.certificate.serial = {0x0A, 0x0B};
    return issued;
  }
  void settle_issued(core::JobTicket ticket, const core::CaFingerprint& issuer) {
    ASSERT_EQ(store.claim({issuer, 1, "me", clock.now(), clock.now()})->size(), 1U);
    ASSERT_TRUE(store
                    .settle({stored_jobs::settlement(ticket, core::Finish{certificate_0a0b()})},
                            "me", clock.now())
                    .ok());
  }
  core::JobTicket finish_external(const std::string& id, const core::CaFingerprint& issuer) {
    core::NewJob job{enrollment_job(id), std::nullopt, std::nullopt};
    job.job.ca = issuer;
    job.external = clock.now();
    EXPECT_TRUE(store.insert({job}, clock.now()).ok());
    store.end_external(id, certificate_0a0b(), clock.now());
    return store.row(id).record.ticket;
  }
  void answer(core::ReportVerdict verdict, const std::string& note = "") {
    endpoint.on_report = [verdict, note](const std::vector<core::Report>& reports) {
      return Result<Items>(Items(reports.size(), {verdict, note}));
    };
  }
  // The endpoint takes no batch that holds this job.
  void refuse_batches_with(const std::string& id) {
    endpoint.on_report = [id](const std::vector<core::Report>& reports) -> Result<Items> {
      for (const core::Report& report : reports) {
        if (report.key.id == id) return testing::FakeEndpoint::protocol();
      }
      return Items(reports.size());
    };
  }
};

TEST_F(ReporterTest, EmptiesTheOutboxInOneCall) {
  finish_jobs(120);
  EXPECT_EQ(report(), runtime::kIdle);
  ASSERT_THAT(endpoint.reported, SizeIs(1));
  EXPECT_THAT(endpoint.reported[0], SizeIs(120));
  EXPECT_EQ(store.count(core::JobState::reported), 120U);
  EXPECT_EQ(store.calls("acknowledge"), 1);
  EXPECT_THAT(crash_points.points,
              ElementsAre(core::CrashPoint::report_sent, core::CrashPoint::report_acknowledged));
}

TEST_F(ReporterTest, SendsNoMoreThanAllowedAtOnce) {
  finish_jobs(501);
  EXPECT_EQ(report(), Duration(0));
  EXPECT_EQ(report(), runtime::kIdle);
  EXPECT_THAT(endpoint.reported[0], SizeIs(500));
  EXPECT_THAT(endpoint.reported[1], SizeIs(1));
}

TEST_F(ReporterTest, IsSilentWhenThereIsNothing) {
  EXPECT_EQ(report(), runtime::kIdle);
  EXPECT_THAT(endpoint.reported, IsEmpty());
}

TEST_F(ReporterTest, ReportsAgainWhenTheAnswerWasLost) {
  finish_jobs(1);
  endpoint.on_report = [](const std::vector<core::Report>&) {
    return Result<Items>(testing::FakeEndpoint::unreachable());
  };
  const Duration wait = report();
  EXPECT_EQ(wait, Duration(2000));
  EXPECT_EQ(report(), wait);  // a notification does not shorten the backoff
  EXPECT_THAT(endpoint.reported, SizeIs(1));
  answer(core::ReportVerdict::duplicate);
  clock.advance(wait);
  EXPECT_EQ(report(), runtime::kIdle);
  EXPECT_EQ(store.count(core::JobState::reported), 1U);
}

TEST_F(ReporterTest, HonoursRetryAfter) {
  finish_jobs(1);
  endpoint.on_report = [](const std::vector<core::Report>&) {
    return Result<Items>(
        testing::FakeEndpoint::unreachable().with_retry_after(std::chrono::minutes(3)));
  };
  EXPECT_EQ(report(), std::chrono::minutes(3));
}

TEST_F(ReporterTest, RevokesWhatWasSuperseded) {
  finish_jobs(2);
  answer(core::ReportVerdict::superseded, "agent 7 was first");
  report();
  EXPECT_EQ(store.count(core::JobState::queued), 2U);
  while (work() == Duration(0)) {
  }
  const auto revocations = ca->revocations();
  ASSERT_THAT(revocations, SizeIs(2));
  EXPECT_EQ(revocations[0].reason, core::RevocationReason::superseded);
  EXPECT_EQ(revocations[0].certificate.serial, (Bytes{0x0A, 0x00, 0x01}));
  // The agent's own jobs are not reported.
  answer(core::ReportVerdict::accepted);
  endpoint.reported.clear();
  report();
  EXPECT_THAT(endpoint.reported, IsEmpty());
  EXPECT_EQ(store.count(core::JobState::reported), 4U);
}

TEST_F(ReporterTest, ASupersededResultThatIsReportedAgainIsRevokedOnce) {
  finish_jobs(1);
  answer(core::ReportVerdict::superseded);
  report();
  ASSERT_TRUE(store.insert({leased(issue_job("j0"), clock, 2)}, clock.now()).ok());
  report();
  EXPECT_EQ(store.size(), 2U);
}

TEST_F(ReporterTest, RevokesWhatNoDeviceGets) {
  const std::tuple<core::ReportVerdict, const char*, core::RevocationReason, const char*> rows[] = {
      {core::ReportVerdict::superseded, "j0", core::RevocationReason::superseded,
       "superseded-0a0001-aaaaaaaa"},
      {core::ReportVerdict::refused, "j1", core::RevocationReason::cessation_of_operation,
       "refused-0a0002-aaaaaaaa"}};
  for (const auto& [verdict, id, reason, revocation] : rows) {
    finish_enrollment(id);
    answer(verdict, "not this one");
    report();
    ASSERT_EQ(store.count(core::JobState::queued), 1U) << id;
    EXPECT_EQ(store.row(revocation).record.job.key.source, core::JobSource::local);
    while (work() == Duration(0)) {
    }
    EXPECT_EQ(ca->revocations().back().reason, reason) << id;
  }
  EXPECT_THAT(ca->revocations(), SizeIs(2));
  EXPECT_EQ(logger.count("report.superseded"), 1U);
  EXPECT_EQ(logger.count("report.refused"), 1U);
}

TEST_F(ReporterTest, WhatAnUnservedCaIssuedIsLeftToAPerson) {
  const core::CaFingerprint ndes_ca(64, 'd');
  const core::JobTicket ticket = finish_external("j0", ndes_ca);
  answer(core::ReportVerdict::refused, "not this one.");
  report();
  EXPECT_EQ(store.size(), 1U) << "no job that nobody can run";
  EXPECT_EQ(store.count(core::JobState::reported), 1U);
  const std::string told = store.history(ticket)->back().message;
  EXPECT_THAT(told, HasSubstr("serial number 0a0b"));
  EXPECT_THAT(told, HasSubstr(ndes_ca));
  EXPECT_THAT(told, HasSubstr("does not serve"));
  EXPECT_TRUE(
      logger.contains("not this one. - Revoke the certificate with the serial number 0a0b"));
  EXPECT_FALSE(logger.contains("is revoked"));
}

TEST_F(ReporterTest, WhatAnNdesGotFromAServedCaIsRevoked) {
  finish_external("j0", kTestCa);
  answer(core::ReportVerdict::refused);
  report();
  EXPECT_EQ(store.count(core::JobState::queued), 1U);
}

TEST_F(ReporterTest, ACaThatIsOnlyGoneForNowRevokesLater) {
  core::Job job = enrollment_job("j0");
  job.ca = core::CaFingerprint(64, 'd');
  ASSERT_TRUE(store.insert({{job, std::nullopt, std::nullopt}}, clock.now()).ok());
  settle_issued(store.row("j0").record.ticket, job.ca);
  answer(core::ReportVerdict::refused);
  report();
  EXPECT_EQ(store.count(core::JobState::queued), 1U) << "durable until it is served again";
}

TEST_F(ReporterTest, TheSameSerialOfTwoCasIsRevokedAtBoth) {
  const core::CaFingerprint other(64, 'd');
  for (const auto& [id, issuer] : {std::pair("j0", kTestCa), std::pair("j1", other)}) {
    core::Job job = enrollment_job(id);
    job.ca = issuer;
    ASSERT_TRUE(store.insert({{job, std::nullopt, std::nullopt}}, clock.now()).ok());
    settle_issued(store.row(id).record.ticket, issuer);
  }
  answer(core::ReportVerdict::refused);
  report();
  EXPECT_EQ(store.count(core::JobState::queued), 2U);
  EXPECT_EQ(store.row("refused-0a0b-dddddddd").record.job.ca, other);
}

TEST_F(ReporterTest, AnEnrolmentThatTheEndpointCannotReadIsRevoked) {
  finish_enrollment("j0");
  ASSERT_TRUE(store.insert({leased(issue_job("j1"), clock)}, clock.now()).ok());
  scheduler.ready(kTestCa, 1);
  work();
  refuse_batches_with("j0");
  report();
  EXPECT_EQ(store.count(core::JobState::queued), 1U);
  EXPECT_EQ(store.count(core::JobState::reported), 2U);
}

TEST_F(ReporterTest, AFailedEnrolmentLeavesNothingToRevoke) {
  core::NewJob job{enrollment_job("j0"), std::nullopt,
                   core::failed(core::failure::kDeniedByCa, "no")};
  ASSERT_TRUE(store.insert({job}, clock.now()).ok());
  answer(core::ReportVerdict::refused);
  report();
  EXPECT_EQ(store.count(core::JobState::reported), 1U);
  EXPECT_EQ(store.size(), 1U);
}

TEST_F(ReporterTest, ARefusedResultOfALeasedJobIsLeftToTheEndpoint) {
  finish_jobs(1);
  answer(core::ReportVerdict::refused);
  report();
  EXPECT_EQ(store.size(), 1U);
}

TEST_F(ReporterTest, NotesWhatTheEndpointRefuses) {
  finish_jobs(1);
  answer(core::ReportVerdict::refused, "unknown job");
  EXPECT_EQ(report(), runtime::kIdle);
  EXPECT_EQ(store.count(core::JobState::reported), 1U);
  EXPECT_EQ(store.row("j0").history.back().message, "The endpoint refused the result: unknown job");
  EXPECT_EQ(logger.count("report.refused"), 1U);
}

TEST_F(ReporterTest, OneBadRowDoesNotBlockTheOthers) {
  finish_jobs(100);
  refuse_batches_with("j37");
  report();
  EXPECT_EQ(store.count(core::JobState::reported), 100U);
  EXPECT_THAT(store.row("j37").history.back().message, HasSubstr("cannot be taken"));
  EXPECT_LE(endpoint.reported.size(), 20U);
  EXPECT_EQ(report(), runtime::kIdle);
}

TEST_F(ReporterTest, LosesNothingToAnEndpointThatRefusesEverything) {
  finish_jobs(100);
  endpoint.on_report = [](const std::vector<core::Report>&) {
    return Result<Items>(testing::FakeEndpoint::protocol());
  };
  for (int i = 0; i < 3; ++i) {
    endpoint.reported.clear();
    const Duration wait = report();
    EXPECT_GT(wait, Duration(0));
    EXPECT_LE(endpoint.reported.size(), 50U);
    clock.advance(wait);
  }
  EXPECT_EQ(store.count(core::JobState::succeeded), 100U);
  EXPECT_NE(health.finding().level(), core::HealthLevel::ok);
}

TEST_F(ReporterTest, StopsSplittingWhenTheEndpointGoesAway) {
  finish_jobs(10);
  endpoint.on_report = [this](const std::vector<core::Report>& reports) -> Result<Items> {
    if (endpoint.reported.size() > 2) return testing::FakeEndpoint::unreachable();
    if (reports.size() == 10) return testing::FakeEndpoint::protocol();
    return Items(reports.size());
  };
  EXPECT_GT(report(), Duration(0));
  EXPECT_EQ(store.count(core::JobState::reported), 5U);
  EXPECT_EQ(store.count(core::JobState::succeeded), 5U);
}

TEST_F(ReporterTest, DoesNotTrustAnAnswerOfAnotherLength) {
  finish_jobs(3);
  endpoint.on_report = [](const std::vector<core::Report>&) { return Result<Items>(Items(2)); };
  EXPECT_GT(report(), Duration(0));
  EXPECT_EQ(store.count(core::JobState::succeeded), 3U);
}

TEST_F(ReporterTest, ReportsAgainWhatItCouldNotNote) {
  finish_jobs(1);
  store.fail_writes(store.disk_full());
  EXPECT_EQ(report(), runtime::kIdle);
  EXPECT_EQ(operating_mode.state(), jobs::OperatingState::storage_full);
  store.fail_writes(std::nullopt);
  operating_mode.storage_works();
  EXPECT_EQ(report(), runtime::kIdle);
  EXPECT_THAT(endpoint.reported, SizeIs(2));
  EXPECT_EQ(store.count(core::JobState::reported), 1U);
}

TEST_F(ReporterTest, GoesOnWhilePausedAndDraining) {
  finish_jobs(1);
  operating_mode.pause();
  operating_mode.drain();
  report();
  EXPECT_EQ(store.count(core::JobState::reported), 1U);
}

TEST_F(ReporterTest, ReportsAFinishedJobThatIsDeliveredAgain) {
  finish_jobs(1);
  report();
  endpoint.leases.emplace_back(core::LeasedJobs{{leased(issue_job("j0"), clock, 2)}, 0});
  poller.step(never);
  report();
  ASSERT_THAT(endpoint.reported, SizeIs(2));
  EXPECT_EQ(endpoint.reported[1][0].lease_number, 2U);
  EXPECT_EQ(ca->certificates(), 1U);
}

}  // namespace
}  // namespace certconnector::upstream
