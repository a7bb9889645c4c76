// Makes a backup while the agent runs.
#pragma once

#include <string>

#include "agent/app/active_configuration.h"
#include "agent/control/backup_operations.h"

namespace certconnector::store {
class AgentDatabase;
}

namespace certconnector::app {

// Thread-safe. No reload, no onboarding and no change of a CA runs during a backup. The agent may
// renew its identity meanwhile; the backup has one generation of it.
class BackupService final : public control::BackupOperations {
 public:
  // All outlive it.
  BackupService(ActiveConfiguration& active, store::AgentDatabase& database)
      : active_(active), database_(database) {}

  // Errors: those of write_backup().
  Status backup(const std::string& folder) override;

 private:
  ActiveConfiguration& active_;
  store::AgentDatabase& database_;
};

}  // namespace certconnector::app
