#include "agent/app/backup_service.h"

#include "agent/app/backup.h"

namespace certconnector::app {

Status BackupService::backup(const std::string& folder) {
  const auto changing = active_.lock_changes();
  return write_backup(folder, active_.settings(), database_);
}

}  // namespace certconnector::app
