// A CA that never answers, beside the embedded one, in a whole agent: jobs, SCEP, heartbeat, status
// and stop go on.
#include "tests/support/core/silent_ca.h"

#include <chrono>

#include "tests/agent/app/bare_backend.h"
#include "tests/agent/app/identity_fixture.h"
#include "tests/agent/app/scep_fixture.h"

namespace certconnector::app {
namespace {

using certconnector::testing::SilentCa;
using ::testing::Contains;
using ::testing::Field;
using ::testing::SizeIs;

const std::string kSilent(64, 'b');

// A backend's functions have no state: the test's CA stands here.
std::shared_ptr<SilentCa>& the_silent_ca() {
  static std::shared_ptr<SilentCa> ca;
  return ca;
}

ca::Backend silent_backend() {
  return bare_backend(
      "silent",
      [](const ca::CaSection& section, const ca::CaBackendParts&) -> Result<core::CaPorts> {
        core::CaPorts ports;
        ports.ca = the_silent_ca();
        ports.concurrency = section.concurrency;
        ports.batch = 1;
        return ports;
      });
}

class BesideASilentCa : public ScepFixture {
 protected:
  void start(bool obeys_stop) {
    the_silent_ca() = std::make_shared<SilentCa>(kSilent, obeys_stop);
    the_silent_ca()->chain_der = {certconnector::testing::shared_pki().root().certificate.der()};
    site_.backends.push_back(silent_backend());
    start_static("ca = default\n", "[ca.default]\n[ca.silent]\nbackend = silent\n");
    agent().enroll();
    for (const char* id : {"s1", "s2", "s3"}) site_.endpoint.queue(issue_job(id, kSilent));
    ASSERT_TRUE(the_silent_ca()->wait_for_calls(3)) << "its health, and every worker it has";
  }
  ~BesideASilentCa() override {
    if (the_silent_ca()) the_silent_ca()->answer();
  }
};

TEST_F(BesideASilentCa, JobsScepStatusAndHealthGoOn) {
  start(false);
  const core::CaFingerprint own = agent().cas().find_ca("default")->description.fingerprint;
  for (int i = 0; i < 5; ++i) site_.endpoint.queue(issue_job("own" + std::to_string(i), own));
  EXPECT_THAT(site_.endpoint.wait_for_reports(5), SizeIs(5));
  EXPECT_TRUE(client().ask(enrollment(kSecret)).issued());
  const auto beats = site_.endpoint.heartbeats();
  EXPECT_GE(beats, 1U) << "the first one does not wait for a check";
  const control::StatusView status = agent().status();
  ASSERT_THAT(status.cas, SizeIs(2));
  EXPECT_EQ(status.cas[1].running, 2U);
  // Waits a second for its answer, and no longer.
  const auto before = std::chrono::steady_clock::now();
  const auto findings = agent().status_service().health();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
  EXPECT_THAT(findings, Contains(Field(&core::HealthFinding::component, "ca.default")));
}

TEST_F(BesideASilentCa, AStopCutsItsCallsShort) {
  start(true);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(agent()->finish(Duration(100)));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  EXPECT_EQ(agent().jobs().find("s1")->front().state, core::JobState::queued);
}

TEST_F(BesideASilentCa, AStopEndsWithinItsLimitWhenACallIgnoresIt) {
  start(false);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(agent()->finish(Duration(100)));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(15));
  // The next start finds the job in this state.
  EXPECT_EQ(agent().jobs().find("s1")->front().state, core::JobState::running);
}

TEST_F(BesideASilentCa, AReloadGoesOnBesideACallThatIgnoresTheStop) {
  start(false);
  agent()->begin_stop();
  EXPECT_FALSE(agent()->finish(Duration(100)));
  agent()->reload(agent()->settings());
  EXPECT_THAT(site_.logger.records("reload.calls_left"), SizeIs(1));
  const core::CaFingerprint own = agent().cas().find_ca("default")->description.fingerprint;
  site_.endpoint.queue(issue_job("own", own));
  EXPECT_THAT(site_.endpoint.wait_for_reports(1), SizeIs(1));
  the_silent_ca()->answer();
  // The old engine's thread ends shortly after its call has returned.
  bool ended = false;
  for (int i = 0; i < 20 && !ended; ++i) ended = agent()->finish(Duration(100));
  EXPECT_TRUE(ended);
}

TEST_F(BesideASilentCa, AReloadLeavesTheCallsUnderWayAloneAndAStopEndsThem) {
  start(true);
  agent()->reload(agent()->settings());
  EXPECT_THAT(site_.logger.records("reload.calls_left"), SizeIs(1));
  EXPECT_EQ(agent().jobs().find("s1")->front().state, core::JobState::running) << "not cut short";
  EXPECT_TRUE(agent().status().cas[1].healthy) << "a check that was cut off says nothing";
  EXPECT_TRUE(agent()->finish(Duration(100)));
  EXPECT_EQ(agent().jobs().find("s1")->front().state, core::JobState::queued);
}

TEST_F(BesideASilentCa, AReloadRemembersThatACaFailed) {
  start(true);
  the_silent_ca()->answer();
  ASSERT_FALSE(agent().ca_administration().test_ca("silent").ok());
  the_silent_ca()->hang_again();
  agent()->reload(agent()->settings());
  const control::CaView ca = agent().status().cas[1];
  EXPECT_FALSE(ca.healthy);
  EXPECT_EQ(ca.message, "silent") << "until it has answered again";
}

}  // namespace
}  // namespace certconnector::app
