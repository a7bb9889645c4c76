#include "agent/jobs/job_maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/errors.h"
#include "agent/core/failure_codes.h"
#include "agent/jobs/certificate_maintenance.h"
#include "agent/jobs/crl_publish_loop.h"
#include "agent/upstream/endpoint_slot.h"
#include "agent/upstream/heartbeat_loop.h"
#include "common/runtime/loop_thread.h"
#include "tests/support/core/core_fixture.h"
#include "tests/support/core/stored_jobs.h"

namespace certconnector::jobs {
namespace {

using ::testing::IsEmpty;
using testing::issue_job;
using testing::kTestCa;
using ::testing::SizeIs;

class FakeCrl final : public core::CrlPublisher {
 public:
  Result<Timestamp> next = Timestamp();
  int asked = 0;
  Result<Timestamp> publish_if_due() override {
    ++asked;
    return next;
  }
  Status publish_now() override { return {}; }
  [[nodiscard]] std::optional<core::CrlRecord> last_published() const override {
    return std::nullopt;
  }
  [[nodiscard]] std::size_t partitions() const override { return 0; }
  [[nodiscard]] std::optional<std::string> why_unpublishable() const override {
    return std::nullopt;
  }
};

// Remembers up to when it was to forget.
class PurgedCertificateStore final : public core::CertificateStore {
 public:
  std::optional<Timestamp> purged_before;
  int to_index = 0;  // steps

  Result<std::uint64_t> purge_expired(Timestamp before, std::size_t /*max*/) override {
    purged_before = before;
    return std::uint64_t{0};
  }
  Result<std::vector<Bytes>> serials_with_beginning(const std::string& /*beginning*/,
                                                    std::size_t /*most*/) override {
    return std::vector<Bytes>();
  }
  Result<core::StoreMark> mark() override { return core::StoreMark(); }
  Result<std::uint64_t> last_crl_number(const core::CaFingerprint& /*ca*/) override { return 0U; }
  Status name_ca(const core::CaFingerprint& /*ca*/, const core::CaKeyId& /*key*/) override {
    return {};
  }
  Result<bool> knows_ca(const core::CaFingerprint& /*ca*/) override { return false; }
  Status note_earlier_issues(const core::CaFingerprint& /*ca*/) override { return {}; }
  Result<bool> may_have_issued_more(const core::CaFingerprint& /*ca*/) override { return false; }
  Result<core::EarlierRevocations> record_earlier(
      const core::CaFingerprint& /*ca*/,
      const std::vector<core::EarlierRevocation>& /*revocations*/) override {
    return core::EarlierRevocations();
  }
  Result<std::vector<core::EarlierCertificate>> record_earlier(
      const core::CaFingerprint& /*ca*/,
      const std::vector<core::CertificateEntry>& /*certificates*/, Timestamp /*now*/) override {
    return std::vector<core::EarlierCertificate>();
  }
  Status raise_crl_number(const core::CaFingerprint& /*ca*/, std::uint64_t /*number*/) override {
    return {};
  }
  Result<std::vector<std::optional<core::CertificateRecord>>> find(
      const core::CaFingerprint& /*ca*/,
      const std::vector<core::IdempotencyKey>& /*keys*/) override {
    return std::vector<std::optional<core::CertificateRecord>>();
  }
  Result<std::vector<core::IssuedCertificate>> record(
      const core::CaFingerprint& /*ca*/, const std::vector<core::CertificateEntry>& /*entries*/,
      Timestamp /*now*/) override {
    return std::vector<core::IssuedCertificate>();
  }
  Result<std::optional<core::CertificateRecord>> find(const core::CaFingerprint& /*ca*/,
                                                      const core::CertificateId& /*id*/) override {
    return std::optional<core::CertificateRecord>();
  }
  Result<std::vector<core::ListedCertificate>> find(const core::CertificateId& /*id*/) override {
    return std::vector<core::ListedCertificate>();
  }
  Result<core::CertificatePage> list(const core::CertificateFilter& /*filter*/) override {
    return core::CertificatePage();
  }
  Result<bool> index_subjects() override { return to_index > 0 && to_index-- > 1; }
  Result<std::vector<core::RevokeResult>> revoke(const core::CaFingerprint& /*ca*/,
                                                 const std::vector<core::RevokeEntry>& /*entries*/,
                                                 Timestamp /*now*/) override {
    return std::vector<core::RevokeResult>();
  }
  Result<std::uint64_t> revocation_generation(const core::CaFingerprint& /*ca*/) override {
    return std::uint64_t{0};
  }
  Status for_each_revoked(
      const core::CaFingerprint& /*ca*/, Timestamp /*expires_after*/,
      const std::function<void(const core::RevokedSerial&)>& /*visit*/) override {
    return {};
  }
  Result<std::optional<core::CrlRecord>> crl(const core::CaFingerprint& /*ca*/) override {
    return std::optional<core::CrlRecord>();
  }
  Result<std::uint64_t> take_crl_number(const core::CaFingerprint& /*ca*/,
                                        std::uint64_t least) override {
    return least;
  }
  Status save_crl(const core::CaFingerprint& /*ca*/, const core::CrlRecord& /*record*/) override {
    return {};
  }
  Result<std::uint64_t> count(const core::CaFingerprint& /*ca*/) override {
    return std::uint64_t{0};
  }
};

class HousekeepingTest : public testing::CoreFixture {
 protected:
  JobMaintenance make_maintenance(JobMaintenanceSettings settings = {}) {
    return {store, intake, storage, clock, logger, settings};
  }
  CertificateMaintenance make_maintenance(core::CertificateStore& certificates) {
    return {certificates, storage, clock, logger, {}};
  }
  // The one job that is due has brought a certificate, and the endpoint knows it.
  void finish(const std::string& id, Timestamp not_after) {
    core::Issued issued;
    issued.certificate.not_after = not_after;
    const core::JobTicket ticket = store.row(id).record.ticket;
    ASSERT_EQ(
        store.claim({certconnector::testing::kTestCa, 1, "me", clock.now(), clock.now()})->size(),
        1U);
    ASSERT_TRUE(
        store.settle({stored_jobs::settlement(ticket, core::Finish{issued})}, "me", clock.now())
            .ok());
    ASSERT_TRUE(
        store.acknowledge({{ticket, core::ReportVerdict::accepted, "", {}}}, clock.now()).ok());
  }
};

TEST_F(HousekeepingTest, JobsPastTheirDeadlineDieAndAreReported) {
  core::Job job = issue_job("j");
  job.deadline = clock.now() + std::chrono::minutes(1);
  insert(job);
  operating_mode.pause();
  JobMaintenance job_maintenance = make_maintenance();
  EXPECT_EQ(job_maintenance.step(never), std::chrono::minutes(1));
  clock.advance(std::chrono::minutes(1));
  Wakeup reporter_loop;
  intake.to_report().add(reporter_loop);
  static_cast<void>(job_maintenance.step(never));
  EXPECT_EQ(store.count(core::JobState::dead), 1U);
  EXPECT_TRUE(reporter_loop.wait(Duration(0), never));
}

TEST_F(HousekeepingTest, AJobGoesAfterTheRetentionThoughItsCertificateLives) {
  insert(issue_job("a"));
  insert(issue_job("b"));
  finish("a", clock.now() + std::chrono::hours(24 * 365));
  finish("b", clock.now() + std::chrono::hours(24 * 365));
  JobMaintenanceSettings settings;
  settings.purge_batch = 1;
  JobMaintenance job_maintenance = make_maintenance(settings);
  clock.advance(settings.retention - std::chrono::minutes(1));
  static_cast<void>(job_maintenance.step(never));
  EXPECT_EQ(store.size(), 2U);
  clock.advance(std::chrono::minutes(2));
  EXPECT_LT(job_maintenance.step(never), settings.interval) << "there may be more";
  EXPECT_EQ(store.size(), 1U);
  static_cast<void>(job_maintenance.step(never));
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(HousekeepingTest, TheCertificateStoreIsPurgedOnlyAfterAnHour) {
  PurgedCertificateStore certificate_store;
  CertificateMaintenance maintenance = make_maintenance(certificate_store);
  static_cast<void>(maintenance.step(never));
  EXPECT_FALSE(certificate_store.purged_before.has_value());
  clock.advance(std::chrono::hours(1));
  static_cast<void>(maintenance.step(never));
  EXPECT_EQ(certificate_store.purged_before, clock.wall() - std::chrono::hours(24));
}

TEST_F(HousekeepingTest, NothingGoesWhileTheClockIsWrong) {
  core::Job job = issue_job("j");
  job.deadline = clock.now() + std::chrono::minutes(1);
  insert(job);
  PurgedCertificateStore certificate_store;
  CertificateMaintenance certificates = make_maintenance(certificate_store);
  JobMaintenance jobs = make_maintenance();
  clock.advance(std::chrono::hours(1));
  operating_mode.set_clock_wrong(true);
  static_cast<void>(jobs.step(never));
  static_cast<void>(certificates.step(never));
  EXPECT_EQ(store.count(core::JobState::dead), 0U);
  EXPECT_FALSE(certificate_store.purged_before.has_value());
  operating_mode.set_clock_wrong(false);
  static_cast<void>(jobs.step(never));
  static_cast<void>(certificates.step(never));
  EXPECT_EQ(store.count(core::JobState::dead), 1U);
  EXPECT_TRUE(certificate_store.purged_before.has_value());
}

TEST_F(HousekeepingTest, NoCrlIsPublishedWhileTheClockIsWrong) {
  FakeCrl crl;
  core::CaPorts ports;
  ports.ca = ca;
  ports.crl_publisher = &crl;
  cas.add(ports);
  CrlPublishLoop publishing(cas, storage, clock, logger);
  operating_mode.set_clock_wrong(true);
  static_cast<void>(publishing.step(never));
  EXPECT_EQ(crl.asked, 0);
  operating_mode.set_clock_wrong(false);
  static_cast<void>(publishing.step(never));
  EXPECT_EQ(crl.asked, 1);
}

TEST_F(HousekeepingTest, SubjectsAreIndexedStepByStepFromTheStart) {
  PurgedCertificateStore certificate_store;
  certificate_store.to_index = 2;
  CertificateMaintenance maintenance = make_maintenance(certificate_store);
  EXPECT_EQ(maintenance.step(never), kBetweenPieces);
  EXPECT_EQ(maintenance.step(never), std::chrono::minutes(1));
  EXPECT_EQ(certificate_store.to_index, 0);
  certificate_store.to_index = 1;
  operating_mode.storage_failed(store.disk_full());
  static_cast<void>(maintenance.step(never));
  EXPECT_EQ(certificate_store.to_index, 1) << "rests while the store cannot write";
}

TEST_F(HousekeepingTest, AClockThatJumpsPurgesNothingMore) {
  PurgedCertificateStore certificate_store;
  CertificateMaintenance maintenance = make_maintenance(certificate_store);
  clock.advance(std::chrono::hours(1));
  const Timestamp right = clock.wall() - std::chrono::hours(24);
  clock.jump_wall(std::chrono::hours(24 * 365 * 30));
  static_cast<void>(maintenance.step(never));
  EXPECT_EQ(certificate_store.purged_before, right);
  clock.jump_wall(-std::chrono::hours(24 * 365 * 60));
  static_cast<void>(maintenance.step(never));
  EXPECT_LT(certificate_store.purged_before, right);
}

TEST_F(HousekeepingTest, FinishedJobsArePurgedPieceByPiece) {
  std::vector<core::NewJob> jobs;
  for (int i = 0; i < 700; ++i) {
    jobs.push_back(testing::leased(issue_job("j" + std::to_string(i)), clock));
    jobs.back().rejection = core::failed(core::failure::kBadJob, "no");
  }
  ASSERT_TRUE(store.insert(jobs, clock.now()).ok());
  while (reporter.step(never) == Duration(0)) {
  }
  JobMaintenance job_maintenance = make_maintenance();
  EXPECT_EQ(job_maintenance.step(never), std::chrono::minutes(1));
  EXPECT_EQ(store.size(), 700U);
  clock.advance(std::chrono::hours(24 * 30) + std::chrono::seconds(1));
  EXPECT_EQ(job_maintenance.step(never), kBetweenPieces);
  EXPECT_EQ(store.size(), 700U - kPurgeBatch);
  int pieces = 1;
  while (job_maintenance.step(never) == kBetweenPieces) ++pieces;
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(pieces, 700 / static_cast<int>(kPurgeBatch));
}

TEST_F(HousekeepingTest, RestsWhileTheStoreCannotWrite) {
  operating_mode.storage_failed(store.disk_full());
  JobMaintenance job_maintenance = make_maintenance();
  static_cast<void>(job_maintenance.step(never));
  EXPECT_EQ(store.calls("expire"), 0);
}

TEST_F(HousekeepingTest, CrlsArePublishedWhenTheyAreDue) {
  FakeCrl crl;
  core::CaPorts ports;
  ports.ca = ca;
  ports.crl_publisher = &crl;
  cas.add(ports);
  CrlPublishLoop publishing(cas, storage, clock, logger);
  crl.next = clock.now() + std::chrono::seconds(8);
  EXPECT_EQ(publishing.step(never), std::chrono::seconds(8));
  crl.next = clock.now() + std::chrono::hours(100);
  EXPECT_EQ(publishing.step(never), std::chrono::minutes(10));
  crl.next = testing::FakeJobStore::disk_full();
  EXPECT_EQ(publishing.step(never), std::chrono::seconds(30));
  EXPECT_EQ(logger.count("crl.failed"), 1U);
  EXPECT_EQ(crl.asked, 3);
  EXPECT_TRUE(operating_mode.may_submit());
  crl.next = Error(core::CoreErrc::bad_answer, ErrorKind::corrupt, "a page is torn");
  static_cast<void>(publishing.step(never));
  EXPECT_TRUE(corrupt);
}

TEST_F(HousekeepingTest, TheHeartTellsHowTheAgentIs) {
  insert(issue_job("a"));
  work();
  insert(issue_job("b"));
  ca->check_failure = testing::FakeEndpoint::unreachable();
  static_cast<void>(health_check.step(never));
  operating_mode.drain();
  upstream::HeartbeatLoop heartbeat_loop(session, store, cas, {"1.2.3", std::chrono::minutes(1)},
                                         [this] { return clock.wall(); });
  EXPECT_EQ(heartbeat_loop.step(never), std::chrono::minutes(1));
  ASSERT_THAT(endpoint.heartbeats, SizeIs(1));
  const core::Heartbeat& beat = endpoint.heartbeats[0];
  EXPECT_EQ(beat.version, "1.2.3");
  EXPECT_EQ(beat.state, "draining");
  EXPECT_EQ(beat.queue_depth, 1U);
  EXPECT_EQ(beat.unreported, 1U);
  ASSERT_THAT(beat.cas, SizeIs(1));
  EXPECT_FALSE(beat.cas[0].healthy);
  EXPECT_EQ(beat.identity_not_after, clock.wall());
}

TEST_F(HousekeepingTest, TheHeartBeatsSlowerWhenTheEndpointAsksForIt) {
  endpoint.on_heartbeat = [] {
    return Status(testing::FakeEndpoint::unreachable().with_retry_after(std::chrono::minutes(5)));
  };
  upstream::HeartbeatLoop heartbeat_loop(session, store, cas, {"1", std::chrono::minutes(1)},
                                         [] { return std::nullopt; });
  EXPECT_EQ(heartbeat_loop.step(never), std::chrono::minutes(5));
  EXPECT_EQ(heartbeat_loop.step(never), std::chrono::minutes(5));
  EXPECT_THAT(endpoint.heartbeats, SizeIs(1));
}

TEST_F(HousekeepingTest, WithoutAnEnrollmentTheHeartTellsNothing) {
  operating_mode.set_enrolled(false);
  upstream::HeartbeatLoop heartbeat_loop(session, store, cas, {}, [] { return std::nullopt; });
  EXPECT_EQ(heartbeat_loop.step(never), std::chrono::minutes(1));
  EXPECT_THAT(endpoint.heartbeats, IsEmpty());
}

TEST_F(HousekeepingTest, ADamagedStoreEndsTheAgentOnce) {
  const Error damaged(core::CoreErrc::bad_answer, ErrorKind::corrupt, "a page is torn");
  storage.failed(damaged);
  storage.failed(damaged);
  EXPECT_TRUE(corrupt);
  EXPECT_EQ(logger.count("storage.corrupt"), 1U);
  EXPECT_FALSE(operating_mode.may_submit());
  EXPECT_EQ(storage.step(never), runtime::kIdle);
  EXPECT_EQ(store.calls("probe"), 0);
}

TEST_F(HousekeepingTest, AnAgentAtRestSeesThatTheFileIsGoneAndThatItIsBack) {
  EXPECT_LE(storage.step(never), std::chrono::seconds(5));
  EXPECT_FALSE(storage.is_failing());
  const Error gone(core::CoreErrc::bad_answer, ErrorKind::transient, "the file was deleted");
  store.lose_file(gone);
  store.fail_writes(gone);
  (void)storage.step(never);
  EXPECT_TRUE(storage.is_failing());
  EXPECT_EQ(logger.count("storage.failed"), 1U);
  store.lose_file(std::nullopt);
  store.fail_writes(std::nullopt);
  clock.advance(std::chrono::minutes(1));
  EXPECT_LE(storage.step(never), std::chrono::seconds(5)) << "it looks on";
  EXPECT_FALSE(storage.is_failing());
}

TEST_F(HousekeepingTest, TheStoreIsProbedLessOftenTheLongerItFails) {
  store.fail_writes(store.disk_full());
  storage.failed(store.disk_full());
  Duration last(0);
  for (int i = 0; i < 10; ++i) {
    const Duration wait = storage.step(never);
    EXPECT_GT(wait, Duration(0));
    EXPECT_LE(wait, std::chrono::seconds(30));
    last = wait;
    clock.advance(wait);
  }
  EXPECT_GT(last, Duration(0));
  EXPECT_EQ(operating_mode.storage_finding()->level(), core::HealthLevel::down);
  store.fail_writes(std::nullopt);
  EXPECT_GT(storage.step(never), Duration(0));
  EXPECT_FALSE(operating_mode.storage_finding().has_value());
}

TEST_F(HousekeepingTest, AnEmptySlotSaysHowToEnroll) {
  upstream::EndpointSlot slot;
  EXPECT_FALSE(slot.lease({}, never).ok());
  EXPECT_FALSE(slot.acknowledge({}, never).ok());
  EXPECT_FALSE(slot.extend({}, Duration(1), never).ok());
  EXPECT_FALSE(slot.report({}, never).ok());
  EXPECT_FALSE(slot.renew_identity({}, never).ok());
  const Status status = slot.heartbeat({}, never);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), ::testing::HasSubstr("certconnector enroll"));
  const auto real = std::make_shared<testing::FakeEndpoint>(clock);
  slot.set(real);
  EXPECT_TRUE(slot.heartbeat({}, never).ok());
  EXPECT_THAT(real->heartbeats, SizeIs(1));
}

TEST_F(HousekeepingTest, TheEndpointsHealthIsLoggedWhenItChanges) {
  for (int i = 0; i < 3; ++i) health.failed(testing::FakeEndpoint::unreachable());
  EXPECT_EQ(health.standing().last_error, "connection refused");
  health.failed(testing::FakeEndpoint::denied());
  EXPECT_TRUE(health.standing().denied);
  for (int i = 0; i < 3; ++i) health.succeeded();
  EXPECT_EQ(health.standing().last_success, clock.wall());
  std::size_t warnings = 0;
  for (const auto& line : logger.records("endpoint.failed")) {
    warnings += line.level == log::Level::warning ? 1U : 0U;
  }
  EXPECT_EQ(warnings, 2U);
  EXPECT_EQ(logger.count("endpoint.reachable"), 1U);
}

}  // namespace
}  // namespace certconnector::jobs
