#include "agent/app/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "agent/app/errors.h"
#include "agent/app/reload.h"
#include "common/time/stop.h"
#include "tests/agent/app/agent_fixture.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/local_path.h"
#include "tests/support/openness.h"

namespace certconnector::app {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

core::HealthLevel level_of(const std::vector<core::HealthFinding>& findings,
                           const std::string& component) {
  const auto it = std::find_if(findings.begin(), findings.end(),
                               [&](const auto& f) { return f.component == component; });
  return it == findings.end() ? core::HealthLevel::ok : it->level();
}

const core::Issued* issued(const core::Report& report) {
  return std::get_if<core::Issued>(&report.outcome);
}

// The disk is full from the first answer of a CA on, until there is room again.
class FullDisk final : public core::CrashPoints {
 public:
  certconnector::testing::FakeJobStore queue;
  core::CertificateStore& certificate_store = queue.certificates();

  void reached(core::CrashPoint point) override {
    if (point != core::CrashPoint::submitted || happened_.exchange(true)) return;
    queue.fail_writes(certconnector::testing::FakeJobStore::disk_full());
    full_.notify();
  }
  bool wait_until_full() { return full_.wait(std::chrono::seconds(10), StopToken()); }
  void make_room() { queue.fail_writes(std::nullopt); }

 private:
  std::atomic<bool> happened_{false};
  Wakeup full_;
};

TEST(Agent, WithoutAnEnrollmentSaysWhatToDo) {
  Site site;
  RunningAgent agent(site);
  EXPECT_EQ(agent.status_service().status_line(), "not enrolled: run certconnector enroll");
  const control::StatusView status = agent.status();
  EXPECT_EQ(status.state, jobs::OperatingState::not_enrolled);
  EXPECT_FALSE(status.identity.has_value());
  ASSERT_THAT(status.cas, SizeIs(1));
  EXPECT_THAT(status.cas[0].message,
              HasSubstr("run: certconnector ca create default --root --subject \"CN=Example CA\""));
  EXPECT_EQ(level_of(agent.status_service().health(), "identity"), core::HealthLevel::degraded);
  EXPECT_EQ(level_of(agent.status_service().health(), "ca.default"), core::HealthLevel::degraded);
}

TEST(Agent, ACaThatWaitsForItsCertificateSaysSo) {
  Site site;
  RunningAgent agent(site);
  control::CreateCa request;
  request.name = "default";
  request.kind = control::CaKind::subordinate_request;
  request.subject = "CN=sub";
  request.key = {crypto::KeyKind::ec, 256};
  ASSERT_TRUE(agent.ca_administration().create_ca(request).ok());
  EXPECT_THAT(agent.status().cas[0].message,
              HasSubstr("waits for its certificate: have your root CA sign"));
}

TEST(Agent, ServesACaFromTheMomentItIsMadeAndDoesItsJobs) {
  Site site;
  RunningAgent agent(site);
  agent.enroll();
  const core::CaFingerprint ca = agent.create_ca();
  site.endpoint.queue(issue_job("one", ca));
  const auto first = site.endpoint.wait_for_reports(1);
  ASSERT_THAT(first, SizeIs(1));
  ASSERT_NE(issued(first[0]), nullptr);
  site.endpoint.queue(revoke_job("two", ca, issued(first[0])->certificate.serial));
  const auto both = site.endpoint.wait_for_reports(2);
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_TRUE(std::holds_alternative<core::Revoked>(both[1].outcome));
  const control::StatusView status = agent.status();
  EXPECT_EQ(status.issued_since_start, 1U);
  EXPECT_EQ(status.revoked_since_start, 1U);
  EXPECT_EQ(status.cas[0].certificates, 1U);
  EXPECT_EQ(agent.ca_administration().ca_chain("default")->size(), 1U);
  EXPECT_TRUE(agent.ca_administration().test_ca("default").ok());
  EXPECT_TRUE(agent.ca_administration().publish_crl("default").ok());
}

TEST(Agent, OperationsOnACaThatIsNotThereSayWhichOnesAre) {
  Site site;
  RunningAgent agent(site);
  EXPECT_EQ(agent.ca_administration().test_ca("default").error().code(),
            error_code(AppErrc::not_set_up));
  const Status unknown = agent.ca_administration().test_ca("corp");
  EXPECT_EQ(unknown.error().code(), error_code(AppErrc::unknown_ca));
  EXPECT_THAT(unknown.error().message(), HasSubstr("it has: default"));
  EXPECT_EQ(agent.identity().renew_identity().error().code(), error_code(AppErrc::not_enrolled));
  agent.create_ca();
  control::CreateCa again;
  again.name = "default";
  again.subject = "CN=again";
  EXPECT_FALSE(agent.ca_administration().create_ca(again).ok());
}

TEST(Agent, APauseOutlivesARestart) {
  Site site;
  {
    RunningAgent agent(site);
    agent.enroll();
    ASSERT_TRUE(agent.operating_mode().pause().ok());
  }
  {
    RunningAgent agent(site);
    agent.enroll();
    EXPECT_EQ(agent.status().state, jobs::OperatingState::paused);
    EXPECT_EQ(level_of(agent.status_service().health(), "agent"), core::HealthLevel::degraded);
    ASSERT_TRUE(agent.operating_mode().resume().ok());
  }
  RunningAgent agent(site);
  agent.enroll();
  EXPECT_EQ(agent.status().state, jobs::OperatingState::working);
}

TEST(Agent, SignsNothingWhileTheClockIsBehindWhatIsStored) {
  Site site;
  RunningAgent agent(site);
  const core::CaFingerprint ca = agent.create_ca();
  static_cast<void>(agent.clock_guard().step(StopToken()));
  agent.clock_guard().saw_time(agent.clock().wall() + std::chrono::hours(2));
  agent.enroll();
  EXPECT_EQ(agent.status().state, jobs::OperatingState::clock_wrong);
  const Status published = agent.ca_administration().publish_crl("default");
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().code(), error_code(AppErrc::clock_wrong));
  ASSERT_TRUE(agent.operating_mode().accept_clock().ok());
  EXPECT_EQ(agent.status().state, jobs::OperatingState::working);
  EXPECT_TRUE(agent.ca_administration().publish_crl("default").ok());
  site.endpoint.queue(issue_job("one", ca));
  EXPECT_THAT(site.endpoint.wait_for_reports(1), SizeIs(1));
}

TEST(Agent, APausedAgentDoesTheJobsOnceItIsResumed) {
  Site site;
  RunningAgent agent(site);
  const core::CaFingerprint ca = agent.create_ca();
  ASSERT_TRUE(agent.operating_mode().pause().ok());
  agent.enroll();
  site.endpoint.queue(issue_job("one", ca));
  EXPECT_EQ(agent.status().queue_depth, 0U);
  ASSERT_TRUE(agent.operating_mode().resume().ok());
  EXPECT_THAT(site.endpoint.wait_for_reports(1), SizeIs(1));
}

TEST(Agent, AReloadBringsNewCasAndTemplatesWithoutARestart) {
  Site site;
  RunningAgent agent(site);
  agent.enroll();
  agent.create_ca();
  agent->reload(site.settings("[ca.default]\n[ca.lab]\n[template.wifi]\nca=lab\n"));
  ASSERT_THAT(agent.status().cas, SizeIs(2));
  const core::CaFingerprint lab = agent.create_ca("lab");
  site.endpoint.queue(issue_job("one", lab, "wifi"));
  const auto reports = site.endpoint.wait_for_reports(1);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_NE(issued(reports[0]), nullptr);
}

TEST(Agent, AReloadKeepsTheOutcomesThatTheFullDiskCouldNotTake) {
  Site site;
  FullDisk disk;
  RunningAgent agent(site, "", {&disk.queue, &disk.certificate_store, &disk});
  agent.enroll();
  const core::CaFingerprint ca = agent.create_ca();
  site.endpoint.queue(issue_job("one", ca));
  ASSERT_TRUE(disk.wait_until_full());
  agent->reload(site.settings());
  EXPECT_EQ(disk.queue.count(core::JobState::running), 1U);
  disk.make_room();
  const auto reports = site.endpoint.wait_for_reports(1);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_NE(issued(reports[0]), nullptr);
  EXPECT_EQ(disk.certificate_store.count(ca).value(), 1U);
}

TEST(Agent, ACaWithADamagedCertificateIsShownAndNotServed) {
  Site site;
  {
    RunningAgent agent(site);
    agent.create_ca();
  }
  site.folder.write("ca/default/certificate.pem", "damaged");
  RunningAgent agent(site);
  const control::StatusView status = agent.status();
  EXPECT_FALSE(status.cas[0].healthy);
  EXPECT_TRUE(status.cas[0].description.fingerprint.empty());
  EXPECT_THAT(site.logger.records("ca.unusable"), SizeIs(1));
}

TEST(Agent, ACaWhoseKeyWasPutRightIsServedAfterATest) {
  Site site;
  {
    RunningAgent agent(site);
    agent.create_ca();
  }
  const std::string key = site.folder.file("ca/default/key.pem");
  certconnector::testing::let_others_only_read(key);
  RunningAgent agent(site);
  agent.enroll();
  EXPECT_TRUE(agent.status().cas[0].set_up);
  EXPECT_EQ(level_of(agent.status_service().health(), "ca.default"), core::HealthLevel::down);
  const Status refused = agent.ca_administration().test_ca("default");
  EXPECT_EQ(refused.error().code(), error_code(AppErrc::unusable_ca));
  EXPECT_THAT(refused.error().message(), HasSubstr("key.pem"));
  certconnector::testing::close_to_others(key);
  EXPECT_TRUE(agent.ca_administration().test_ca("default").ok());
  const control::CaView ca = agent.status().cas[0];
  EXPECT_TRUE(ca.healthy);
  site.endpoint.queue(issue_job("one", ca.description.fingerprint));
  EXPECT_THAT(site.endpoint.wait_for_reports(1), SizeIs(1));
}

TEST(Agent, HealthNamesAFolderThatWouldStopTheNextStart) {
  Site site;
  RunningAgent agent(site);
  const std::string folder = site.folder.path().string();
  certconnector::testing::let_others_write(folder);
  EXPECT_EQ(level_of(agent.status_service().health(), "folders"), core::HealthLevel::degraded);
  certconnector::testing::close_to_others(folder);
  for (const core::HealthFinding& finding : agent.status_service().health()) {
    EXPECT_NE(finding.component, "folders");
  }
}

TEST(Agent, AnEnrollmentThatCannotBeUsedStopsTheEndpointAlone) {
  Site site;
  site.folder.write("identity/certificate.pem", "not a certificate");
  RunningAgent agent(site);
  const auto findings = agent.status_service().health();
  EXPECT_EQ(level_of(findings, "identity"), core::HealthLevel::down);
  agent.create_ca();
  EXPECT_EQ(agent.ca_administration().ca_chain("default")->size(), 1U);
}

TEST(Reload, WhatTakesARestartKeepsItsValueAndIsNamed) {
  Site site;
  const config::Settings now = site.settings();
  config::Settings next = site.settings("[http]\nlisten=127.0.0.1:8080\n[queue]\nhigh_water=7\n");
  EXPECT_THAT(keep_fixed_settings(now, next), ::testing::ElementsAre("[http] listen"));
  EXPECT_TRUE(next.http.listen.empty());
  EXPECT_EQ(next.queue.high_water, 7U);
}

TEST(Reload, TheTlsListenerStaysWhereItIsAndTakesUpItsFiles) {
  const Site site;
  const std::string key = tests::local_path("/k");
  const std::string old_file = tests::local_path("/old.pem");
  const std::string new_file = tests::local_path("/new.pem");
  const std::string tls =
      "[http]\ntls_listen=127.0.0.1:8443\nkey_file=" + key + "\ncertificate_file=";
  const config::Settings with = site.settings(tls + old_file + "\n");
  config::Settings next = site.settings(tls + new_file + "\nrequests_per_minute=5\n");
  EXPECT_THAT(keep_fixed_settings(with, next), ::testing::IsEmpty());
  EXPECT_EQ(next.http.certificate_file, new_file);
  EXPECT_EQ(next.http.requests_per_minute, 5U);

  next = site.settings("[http]\nmax_connections=100\n");
  EXPECT_THAT(keep_fixed_settings(with, next),
              ::testing::ElementsAre("[http] tls_listen", "[http] max_connections"));
  EXPECT_EQ(next.http.certificate_file, old_file);
  EXPECT_EQ(next.http.key_file, key);
  next = with;
  EXPECT_THAT(keep_fixed_settings(site.settings(), next),
              ::testing::ElementsAre("[http] tls_listen"));
  EXPECT_EQ(next.http.certificate_file, "");
}

TEST(Reload, FromACertificateOfItsOwnToAnEnrollmentTakesARestart) {
  Site site;
  config::Settings now = site.settings();
  now.management.url = "https://endpoint.example";
  now.management.certificate_file = "/etc/client.pem";
  now.management.key_file = "/etc/client.key";
  config::Settings next = site.settings();
  EXPECT_THAT(keep_fixed_settings(now, next),
              ::testing::ElementsAre("[management] url", "[management] certificate_file",
                                     "[management] key_file"));
  EXPECT_EQ(next.management.certificate_file, "/etc/client.pem");
  next.management.certificate_file = "/etc/other.pem";
  EXPECT_THAT(keep_fixed_settings(now, next), ::testing::IsEmpty());
}

}  // namespace
}  // namespace certconnector::app
