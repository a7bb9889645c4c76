// The port through which the control server has the agent work on jobs, beside the job store.
// agent/app implements it. Called from the control server's threads; thread-safe.
#pragma once

#include "agent/core/job.h"
#include "agent/core/ports/job_store.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::control {

class JobOperations {
 public:
  virtual ~JobOperations() = default;

  // Stores a local job and waits for its end, at most `patience`. Returns the job in its state at
  // that moment.
  virtual Result<core::JobRecord> run_job(const core::NewJob& job, Duration patience) = 0;
  virtual void jobs_changed() = 0;  // after retry, cancel, approve, deny: wake the loops
};

}  // namespace certconnector::control
