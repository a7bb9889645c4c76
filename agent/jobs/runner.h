// Does a batch of claimed jobs of one CA: asks the CA for the outcomes of interrupted and pending
// ones, checks leases and requests, calls the CA once for all, and settles once for all. Stateless;
// thread-safe.
#pragma once

#include <vector>

#include "agent/core/ports/crash_points.h"
#include "agent/jobs/activity.h"
#include "agent/jobs/batch_pipeline.h"
#include "agent/jobs/ca_answers.h"
#include "agent/jobs/lease_guard.h"
#include "agent/jobs/outcome_writer.h"
#include "agent/jobs/scheduler.h"
#include "agent/jobs/storage_guard.h"

namespace certconnector::jobs {

// How a batch's answers become verdicts.
struct BatchRules {
  AnswerRules answers;
  const Clock& clock;
  runtime::RandomSource& random;
};

// Observers of a runner's work.
struct RunnerObservers {
  Activity& activity;
  core::CrashPoints& crash_points;
  log::Logger& logger;
};

class Runner {
 public:
  // A CA with damaged data is as bad as a damaged queue: the runner reports it to `storage`.
  Runner(LeaseGuard& leases, OutcomeWriter& outcome_writer, StorageGuard& storage,
         const BatchRules& rules, const RunnerObservers& observers);

  // Takes the requests out of the batch's jobs. The stop only ends waits, also those of the CA's
  // backend: the runner settles every job that it began.
  BatchOutcome run(Batch& batch, const StopToken& stop);

  // Notified when certificates were revoked: the CRL's publisher waits on it.
  [[nodiscard]] runtime::Signal& revoked() { return revoked_; }

 private:
  [[nodiscard]] BatchOutcome settle(BatchPipeline& pipeline);

  LeaseGuard& leases_;
  OutcomeWriter& outcome_writer_;
  StorageGuard& storage_;
  AnswerRules rules_;
  const Clock& clock_;
  runtime::RandomSource& random_;
  Activity& activity_;
  core::CrashPoints& crash_points_;
  log::Logger& logger_;
  runtime::Signal revoked_;
};

// The loop step of a worker of one CA: take, run, tell.
class Worker {
 public:
  Worker(Scheduler& scheduler, Runner& runner, const Clock& clock, log::Logger& logger,
         core::CaFingerprint ca)
      : scheduler_(scheduler),
        runner_(runner),
        clock_(clock),
        logger_(logger),
        ca_(std::move(ca)) {}
  Duration step(const StopToken& stop);

 private:
  void report(LaneChange change, const std::string& ca, const BatchOutcome& outcome);

  Scheduler& scheduler_;
  Runner& runner_;
  const Clock& clock_;
  log::Logger& logger_;
  const core::CaFingerprint ca_;
};

}  // namespace certconnector::jobs
