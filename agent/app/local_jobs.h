// Jobs that a person has the agent do.
#pragma once

#include "agent/control/job_operations.h"
#include "agent/core/ports/job_store.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/outcome_writer.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::app {

// Thread-safe.
class LocalJobs final : public control::JobOperations {
 public:
  // All outlive it. `stop` ends the waits of run_job().
  LocalJobs(core::JobStore& store, jobs::JobIntake& intake, jobs::OutcomeWriter& outcome_writer,
            const Clock& clock, StopToken stop)
      : store_(store),
        intake_(intake),
        outcome_writer_(outcome_writer),
        clock_(clock),
        stop_(std::move(stop)) {}

  Result<core::JobRecord> run_job(const core::NewJob& job, Duration patience) override;
  void jobs_changed() override;

 private:
  core::JobStore& store_;
  jobs::JobIntake& intake_;
  jobs::OutcomeWriter& outcome_writer_;
  const Clock& clock_;
  const StopToken stop_;
};

}  // namespace certconnector::app
