// Ends jobs past their deadline and removes those past their retention. Each step does a bounded
// piece. One loop.
#pragma once

#include "agent/core/ports/job_store.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/purge_piece.h"

namespace certconnector::jobs {

struct JobMaintenanceSettings {
  Duration retention{std::chrono::hours(24 * 30)};  // of finished jobs
  Duration interval{60000};                         // between two looks
  std::size_t purge_batch = kPurgeBatch;
};

class JobMaintenance {
 public:
  JobMaintenance(core::JobStore& store, JobIntake& intake, StorageGuard& storage,
                 const Clock& clock, log::Logger& logger, JobMaintenanceSettings settings);

  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] bool expire();  // whether there is more to do at once

  core::JobStore& store_;
  JobIntake& intake_;
  StorageGuard& storage_;
  const Clock& clock_;
  log::Logger& logger_;
  JobMaintenanceSettings settings_;
};

}  // namespace certconnector::jobs
