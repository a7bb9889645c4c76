// The threads of each CA: as many workers as it may have calls under way, and one for its health. A
// CA that hangs holds up its own lane and nothing else.
//
// A lane is opened when its CA is added, and lasts as long as this object. A call that ignores its
// stop token cannot be ended: join() then leaves the thread to itself, and the object must live
// until the call has returned. The destructor waits for that.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "agent/jobs/health_check.h"
#include "agent/jobs/operating_mode.h"
#include "agent/jobs/runner.h"
#include "agent/jobs/scheduler.h"
#include "common/log/log.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::jobs {

// All outlive the lanes.
struct LaneParts {
  CaRegistry& cas;
  Scheduler& scheduler;
  Runner& runner;
  OperatingMode& operating_mode;
  const Clock& clock;
  log::Logger& logger;
};

// Thread-safe.
class CaLanes {
 public:
  CaLanes(const LaneParts& parts, HealthCheckSettings settings);
  ~CaLanes();
  CaLanes(const CaLanes&) = delete;
  CaLanes& operator=(const CaLanes&) = delete;

  // A CA that the registry has. One that has a lane keeps it, and its health is checked anew.
  void open(const core::CaFingerprint& ca);
  // Once. After `stop` no batch begins; `hurry` cuts short the calls under way.
  void start(StopToken stop, StopToken hurry);
  // Waits for all threads to end, until `give_up` is requested and `grace` after that. False: some
  // call has not returned.
  bool join(const StopToken& give_up, Duration grace);

  // A fresh check, waited for at most `patience`. Errors: as HealthCheck::await, and ca_silent when
  // the CA has no lane.
  Status check(const core::CaFingerprint& ca, Duration patience, const StopToken& stop);
  // Has every CA checked anew, and waits at most `patience` for those that answer at once. A CA
  // whose last check is overdue is not waited for.
  void check_all(Duration patience, const StopToken& stop);

 private:
  class Lane;
  [[nodiscard]] std::shared_ptr<Lane> find(const core::CaFingerprint& ca) const;

  const LaneParts parts_;
  const HealthCheckSettings settings_;
  mutable std::mutex mutex_;
  bool started_ = false;
  StopToken stop_;
  StopToken hurry_;
  std::map<core::CaFingerprint, std::shared_ptr<Lane>> lanes_;
};

}  // namespace certconnector::jobs
