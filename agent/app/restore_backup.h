// Puts a backup back, while no agent runs on the state folder (the caller holds the InstanceLock).
//
// The newer state that is there is not lost: the database becomes the backup's with what the newer
// one knows. The files from before go into a folder replaced-TIME of the state folder. A restore
// that is killed leaves the old state whole, or goes on when it is run again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/progress.h"
#include "agent/config/settings.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::app {

struct RestoreWishes {
  std::string folder;
  bool force = false;        // replace files that are there
  bool accept_loss = false;  // go on although a newer state is gone
  Timestamp now;             // the wall clock
  ReportStep report = [](const StepProgress&) { return Status(); };
};

struct RestoreReport {
  std::vector<std::string> restored;  // paths
  std::string kept;                   // the folder with what was replaced; empty: nothing was
  std::string newer;  // the state that was there: "none", "unreadable", "damaged", "merged",
                      // "complete"; empty: an earlier restore was finished
  // Rows that the newer state did not have, by their kind.
  std::vector<std::pair<std::string, std::uint64_t>> from_backup;
  std::vector<std::string> notes;  // sentences
  bool lost = false;               // of a damaged newer state
};

// Errors: bad_backup, would_overwrite, loss_not_accepted, those of store::make_restored();
// transient (room, files). Nothing was changed then.
[[nodiscard]] Result<RestoreReport> restore_backup(const RestoreWishes& wishes,
                                                   const config::Settings& settings);

}  // namespace certconnector::app
