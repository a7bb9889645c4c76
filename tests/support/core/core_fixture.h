// Core's parts wired with fakes, for tests that follow a job along its path.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agent/core/authorities.h"
#include "agent/core/poller.h"
#include "agent/core/reporter.h"
#include "agent/core/runner.h"
#include "tests/support/capturing_logger.h"
#include "tests/support/core/fake_authority.h"
#include "tests/support/core/fake_endpoint.h"
#include "tests/support/core/fake_job_store.h"
#include "tests/support/fake_clock.h"

namespace certconnector::testing {

// Draws what it is told to.
class FixedRandom final : public core::RandomSource {
 public:
  explicit FixedRandom(double unit = 0.0) : unit_(unit) {}
  double unit() override { return unit_; }

 private:
  double unit_;
};

class RecordingWaypoints final : public core::Waypoints {
 public:
  std::vector<core::Waypoint> points;
  void reached(core::Waypoint point) override { points.push_back(point); }
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
  RecordingWaypoints waypoints;
  FakeJobStore store;
  FakeEndpoint endpoint{clock};
  std::shared_ptr<FakeAuthority> ca = std::make_shared<FakeAuthority>(kTestCa);
  StopToken never;
  bool corrupt = false;

  core::Gate gate;
  core::Authorities authorities;
  core::StorageGuard storage{store,  gate,   clock,
                             random, logger, [this](const Error&) { corrupt = true; }};
  core::EndpointHealth health{clock, logger};
  core::Activity activity;
  core::Scheduler scheduler{
      store, authorities, gate, storage, {"me", 2, std::chrono::minutes(10), {}}};
  core::Settler settler{store, storage, clock, random, logger, "me"};
  core::LeaseCheck lease_check{endpoint, store, clock, {}, random, logger, {}};
  core::Runner runner{lease_check, settler,  storage,   {},    clock,
                      random,      activity, waypoints, logger};
  core::Worker worker{scheduler, runner, clock};
  core::Poller poller{endpoint,          store, scheduler, authorities, gate,      storage, health,
                      settler.settled(), clock, {},        random,      waypoints, logger,  {}};
  core::Reporter reporter{endpoint, store, scheduler, authorities, gate,      storage,
                          health,   clock, {},        random,      waypoints, logger};
};

}  // namespace certconnector::testing
