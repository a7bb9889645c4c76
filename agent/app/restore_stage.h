// A restore makes everything in one folder of the state folder first. From the moment when its plan
// is written, it is carried out to the end, whatever kills it: the agent does not start meanwhile,
// and the next restore goes on.
//
//   restore.staged/           what will be put in place
//   restore.staged/replaced/  what is there now; becomes replaced-TIME
//   restore.staged/plan.json  comes last
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/app/backup_files.h"
#include "agent/app/progress.h"
#include "agent/config/settings.h"
#include "common/result/result.h"

namespace certconnector::app {

struct RestorePlan {
  std::string backup;             // its folder
  std::string kept;               // where what is replaced will be; empty: nothing is replaced
  std::vector<BackupFile> files;  // beside the database, by their names in the stage
  bool identity = false;
};

[[nodiscard]] std::string stage_folder(const config::Settings& settings);
[[nodiscard]] std::string kept_in_stage(const config::Settings& settings);

// Nothing: no restore is under way. Errors: corrupt (the plan cannot be read).
[[nodiscard]] Result<std::optional<RestorePlan>> read_plan(const config::Settings& settings);
[[nodiscard]] Status write_plan(const config::Settings& settings, const RestorePlan& plan);
// Each step can be done again. Answers the paths that were put in place. `report` is called before
// each step.
[[nodiscard]] Result<std::vector<std::string>> carry_out(const config::Settings& settings,
                                                         const RestorePlan& plan,
                                                         const ReportStep& report);

// Error corrupt, with the remedy: a restore was killed while it put files in place. Takes away the
// stage of one that was killed before that. The caller holds the state folder's lock.
[[nodiscard]] Status refuse_half_of_a_restore(const config::Settings& settings);

}  // namespace certconnector::app
