#include "agent/app/backup_service.h"

#include <chrono>

#include "agent/app/backup.h"
#include "agent/app/errors.h"

namespace certconnector::app {
namespace {

constexpr std::chrono::seconds kReportEvery{5};

}  // namespace

Status BackupService::backup(const std::string& folder) {
  const auto changing = active_.lock_changes();
  logged_ = clock_.now();
  Status made = write_backup(folder, active_.settings(), database_, clock_.wall(),
                             [&](const StepProgress& progress) { return note(folder, progress); });
  if (made.ok()) logger_.info("backup.made", "The backup is whole.", {{"folder", folder}});
  const std::lock_guard lock(mutex_);
  progress_ = {};
  return made;
}

Status BackupService::note(const std::string& folder, const StepProgress& progress) {
  if (stop_.stop_requested()) {
    return Error(
        AppErrc::stopping, ErrorKind::transient,
        "the agent was stopped before the backup was whole, and nothing of it is left. Make "
        "it again once the agent works");
  }
  {
    const std::lock_guard lock(mutex_);
    progress_ = {progress.step, progress.done, progress.total};
  }
  const Timestamp now = clock_.now();
  if (now - logged_ < kReportEvery) return {};
  logged_ = now;
  logger_.info("backup.progress", "The agent makes a backup.",
               {{"folder", folder},
                {"step", progress.step},
                {"done", progress.done},
                {"of", progress.total}});
  return {};
}

control::BackupProgress BackupService::progress() {
  const std::lock_guard lock(mutex_);
  return progress_;
}

}  // namespace certconnector::app
