#include "agent/jobs/job_maintenance.h"

namespace certconnector::jobs {

JobMaintenance::JobMaintenance(core::JobStore& store, JobIntake& intake, StorageGuard& storage,
                               const Clock& clock, log::Logger& logger,
                               JobMaintenanceSettings settings)
    : store_(store),
      intake_(intake),
      storage_(storage),
      clock_(clock),
      logger_(logger),
      settings_(settings) {}

Duration JobMaintenance::step(const StopToken&) {
  if (!storage_.may_maintain()) return settings_.interval;
  const bool more_dead = expire();
  const Timestamp now = clock_.now();
  const bool more_old = purged(
      store_.purge(now - settings_.retention, now, settings_.purge_batch), settings_.purge_batch,
      "Finished jobs past their retention were removed.", storage_, logger_);
  return more_dead || more_old ? kBetweenPieces : settings_.interval;
}

bool JobMaintenance::expire() {
  const auto dead = store_.expire(clock_.now(), settings_.purge_batch);
  if (!dead.ok()) {
    storage_.failed(dead.error());
    return false;
  }
  if (*dead > 0) {
    logger_.warning("job.expired", "Jobs are dead: their deadline has passed.", {{"jobs", *dead}});
    intake_.results_arrived();
  }
  return *dead >= settings_.purge_batch;
}

}  // namespace certconnector::jobs
