// Everything that works on the queue under one configuration: scheduler, CA lanes, poller,
// reporter, and the loops for leases, maintenance and heartbeat. A reload builds a new engine.
// Store, OutcomeWriter, OperatingMode and identity outlive it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/app/watchdog.h"
#include "agent/config/settings.h"
#include "agent/core/outcome_listener.h"
#include "agent/core/ports/certificate_store.h"
#include "agent/core/ports/crash_points.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/activity.h"
#include "agent/jobs/ca_registry.h"
#include "agent/jobs/clock_guard.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/operating_mode.h"
#include "agent/jobs/outcome_writer.h"
#include "agent/jobs/scheduler.h"
#include "agent/jobs/storage_guard.h"
#include "agent/upstream/identity.h"
#include "agent/upstream/upstream_session.h"
#include "common/runtime/random_source.h"

namespace certconnector::app {

// The parts of an engine; all outlive it.
struct EngineParts {
  core::JobStore& store;
  jobs::JobIntake& intake;
  core::CertificateStore& certificate_store;
  std::vector<upstream::UpstreamSession> clouds;  // at least one
  upstream::IdentityKeeper& identity;
  jobs::OperatingMode& operating_mode;
  jobs::StorageGuard& storage;
  jobs::ClockGuard& clock_guard;
  jobs::OutcomeWriter& outcome_writer;  // claims are its owner's
  jobs::Activity& activity;
  core::CrashPoints& crash_points;
  const Clock& clock;
  runtime::RandomSource& random;
  core::OutcomeListener& outcomes;  // hears of every report
  Watchdog& watch;
  log::Logger& logger;
};

// Thread-safe after the constructor. Life: start(), request_stop(), finish(), destructor.
class Engine {
 public:
  Engine(const config::Settings& settings, const EngineParts& parts);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Serves one more CA, or one CA anew; also while it runs.
  void add(core::CaPorts ports);
  void start();

  // No new leases and batches. Batches under way go on.
  void request_stop();
  // Waits for the batches under way, and reports their outcomes as far as the endpoint takes them;
  // after `limit` it hurries. False: a call to a CA ignored the hurry and still runs; the
  // destructor would wait for it. Its jobs stay claimed, and the agent asks their CA after the
  // restart.
  [[nodiscard]] bool finish(Duration limit);
  // The same for an engine that another one replaces: after `limit` its reports give up, and its
  // calls to CAs run on to their own deadlines. False: one still runs, until ended() or finish().
  [[nodiscard]] bool step_aside(Duration limit);
  // After finish() or step_aside(): whether the calls that it left have returned.
  [[nodiscard]] bool ended();
  // Network calls give up at once: finish() returns soon.
  void hurry();

  // The OperatingMode has changed: a long poll under way ends.
  void operating_mode_changed();

  // A fresh check of one CA, on its lane. Errors: as jobs::CaLanes::check.
  [[nodiscard]] Status check(const core::CaFingerprint& ca, const StopToken& stop);
  // Fresh checks of all CAs; returns soon, whatever the CAs do. cas() has the results.
  void check_all(const StopToken& stop);

  // Before start(): what the engine before it knew of their health, for the CAs that both serve.
  void take_over_health(const Engine& previous);

  [[nodiscard]] jobs::CaRegistry& cas();
  [[nodiscard]] jobs::LaneView lane(const core::CaFingerprint& ca) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace certconnector::app
