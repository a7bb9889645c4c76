// Does a batch of claimed jobs of one CA: asks the CA what became of interrupted and pending ones,
// checks leases and requests, calls the CA once for all, and settles once for all. Holds no state
// of its own; thread-safe.
#pragma once

#include <vector>

#include "agent/core/activity.h"
#include "agent/core/batch_course.h"
#include "agent/core/ca_answers.h"
#include "agent/core/lease_check.h"
#include "agent/core/ports/waypoints.h"
#include "agent/core/scheduler.h"
#include "agent/core/settler.h"
#include "agent/core/storage_guard.h"

namespace certconnector::core {

class Runner {
 public:
  // A CA that finds what it has stored damaged is as bad as a damaged queue: `storage` is told.
  Runner(LeaseCheck& leases, Settler& settler, StorageGuard& storage, AnswerRules rules,
         const Clock& clock, RandomSource& random, Activity& activity, Waypoints& waypoints,
         log::Logger& logger);

  // Takes the requests out of the batch's jobs. The stop only ends waits: what was begun is
  // settled.
  BatchOutcome run(Batch& batch, const StopToken& stop);

  // Notified when certificates were revoked: the CRL's publisher waits on it.
  [[nodiscard]] Signal& revoked() { return revoked_; }

 private:
  [[nodiscard]] BatchOutcome settle(BatchCourse& course);

  LeaseCheck& leases_;
  Settler& settler_;
  StorageGuard& storage_;
  AnswerRules rules_;
  const Clock& clock_;
  RandomSource& random_;
  Activity& activity_;
  Waypoints& waypoints_;
  log::Logger& logger_;
  Signal revoked_;
};

// One worker's loop step: take, run, tell.
class Worker {
 public:
  Worker(Scheduler& scheduler, Runner& runner, const Clock& clock)
      : scheduler_(scheduler), runner_(runner), clock_(clock) {}
  Duration step(const StopToken& stop);

 private:
  Scheduler& scheduler_;
  Runner& runner_;
  const Clock& clock_;
};

}  // namespace certconnector::core
