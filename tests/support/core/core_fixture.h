// Core's parts wired with fakes, for tests that follow a job along its path.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agent/jobs/ca_registry.h"
#include "agent/jobs/health_check.h"
#include "agent/jobs/runner.h"
#include "agent/upstream/lease_check.h"
#include "agent/upstream/poller.h"
#include "agent/upstream/reporter.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_ca.h"
#include "tests/support/core/fake_endpoint.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/fake_clock.h"

namespace certconnector::testing {

// Draws the numbers that the test sets.
class FixedRandom final : public runtime::RandomSource {
 public:
  explicit FixedRandom(double unit = 0.0) : unit_(unit) {}
  double unit() override { return unit_; }

 private:
  double unit_;
};

class RecordingCrashPoints final : public core::CrashPoints {
 public:
  std::vector<core::CrashPoint> points;
  void reached(core::CrashPoint point) override { points.push_back(point); }
};

inline const std::string kTestCa(64, 'a');

// A real request, made once: P-256, subject "CN=dev1,O=Test", DNS name dev1.example.
[[nodiscard]] const Bytes& test_request();
[[nodiscard]] core::Job issue_job(const std::string& id);
[[nodiscard]] core::Job revoke_job(const std::string& id);
// With a lease of five minutes that starts now.
[[nodiscard]] core::NewJob leased(core::Job job, const Clock& clock, std::uint64_t number = 1);

class CoreFixture : public ::testing::Test {
 protected:
  explicit CoreFixture(core::InDoubtPolicy in_doubt = core::InDoubtPolicy::hold,
                       bool with_finder = true);

  void insert(core::Job job);
  // One worker's step, as a loop would do it.
  Duration work() { return worker.step(never); }

  FakeClock clock;
  FixedRandom random;
  CapturingLogger logger;
  RecordingCrashPoints crash_points;
  FakeJobStore store;
  FakeEndpoint endpoint{clock};
  std::shared_ptr<FakeCa> ca = std::make_shared<FakeCa>(kTestCa);
  StopToken never;
  bool corrupt = false;

  jobs::OperatingMode operating_mode;
  jobs::CaRegistry cas;
  jobs::HealthCheck health_check{cas, clock, kTestCa, {}};
  jobs::StorageGuard storage{store,  operating_mode, clock,
                             random, logger,         [this](const Error&) { corrupt = true; }};
  upstream::EndpointHealth health{clock, logger};
  jobs::Activity activity;
  jobs::Scheduler scheduler{
      store, cas, operating_mode, storage, {"me", 2, std::chrono::minutes(10), {}}};
  jobs::JobIntake intake{store, clock};
  jobs::JobIntake::Attachment attached{intake, scheduler};
  jobs::OutcomeWriter outcome_writer{{store, storage, clock, random, logger}, "me"};
  upstream::UpstreamSession session{{"default"}, upstream::roles_of(endpoint),
                                    health,      operating_mode,
                                    storage,     crash_points,
                                    clock,       random,
                                    logger};
  upstream::LeaseCheck lease_check{{session}, store, {}};
  jobs::Runner runner{
      lease_check, outcome_writer, storage, {{}, clock, random}, {activity, crash_points, logger}};
  jobs::Worker worker{scheduler, runner, clock, logger, kTestCa};
  upstream::Poller poller{session, store, scheduler, cas, intake, {}};
  upstream::Reporter reporter{session, store, intake, cas};
};

}  // namespace certconnector::testing
