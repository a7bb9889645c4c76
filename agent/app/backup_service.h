// Makes a backup while the agent runs.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "agent/app/active_configuration.h"
#include "agent/app/progress.h"
#include "agent/control/backup_operations.h"
#include "common/log/log.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::store {
class AgentDatabase;
}

namespace certconnector::app {

// Thread-safe. No reload, no onboarding and no change of a CA runs during a backup. The agent may
// renew its identity meanwhile; the backup has one generation of it.
class BackupService final : public control::BackupOperations {
 public:
  // All outlive it. `stop` ends a backup that runs: the process ends no sooner.
  BackupService(ActiveConfiguration& active, store::AgentDatabase& database, const Clock& clock,
                log::Logger& logger, StopToken stop)
      : active_(active),
        database_(database),
        clock_(clock),
        logger_(logger),
        stop_(std::move(stop)) {}

  // The log hears every few seconds how far it is. Errors: those of write_backup(); stopping,
  // transient: the agent ends. Nothing is left in both cases.
  Status backup(const std::string& folder) override;
  control::BackupProgress progress() override;

 private:
  [[nodiscard]] Status note(const std::string& folder, const StepProgress& progress);

  ActiveConfiguration& active_;
  store::AgentDatabase& database_;
  const Clock& clock_;
  log::Logger& logger_;
  const StopToken stop_;
  Timestamp logged_{};  // of the one backup that runs
  std::mutex mutex_;
  control::BackupProgress progress_;
};

}  // namespace certconnector::app
