// Makes a backup while the agent runs.
#pragma once

#include <string>

#include "agent/app/active_configuration.h"
#include "agent/control/backup_operations.h"

namespace certconnector::store {
class SqliteJobStore;
class SqliteCertificateStore;
}  // namespace certconnector::store

namespace certconnector::app {

// Thread-safe. No reload, no onboarding and no change of a CA runs during a backup. The agent may
// renew its identity meanwhile; the backup has one generation of it.
class BackupService final : public control::BackupOperations {
 public:
  // All outlive it.
  BackupService(ActiveConfiguration& active, store::SqliteJobStore& queue,
                store::SqliteCertificateStore& certificate_store)
      : active_(active), queue_(queue), certificate_store_(certificate_store) {}

  // Errors: those of write_backup().
  Status backup(const std::string& folder) override;

 private:
  ActiveConfiguration& active_;
  store::SqliteJobStore& queue_;
  store::SqliteCertificateStore& certificate_store_;
};

}  // namespace certconnector::app
