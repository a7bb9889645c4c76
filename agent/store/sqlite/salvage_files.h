// The files that a salvage reads, and how the new file takes their place.
#pragma once

#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::store {

struct SalvageFiles {
  // agent.db twice, or what there is of queue.db and inventory.db; empty: it is not there.
  std::string queue;
  std::string certificates;
  bool first_release = false;
};

// Errors: permanent (there are none; of a newer release; the files of 0.1.0 are intact), transient.
[[nodiscard]] Result<SalvageFiles> find_files(const std::string& state_dir);
// Error transient, disk_full: says how much room the new file needs.
[[nodiscard]] Status check_room(const SalvageFiles& files);

// Gives what is there the names FILE.damaged-TIME and puts agent.db.salvaged in the place of
// agent.db. There is always one of the two. Answers the new names.
[[nodiscard]] Result<std::vector<std::string>> replace_files(const std::string& state_dir,
                                                             Timestamp now);
// A new file has this name from the moment when it takes the place of agent.db, whatever happens.
inline constexpr const char* kReplacingName = "agent.db.replacing";
// After a kill in replace_files(): its last steps. False: there was none.
[[nodiscard]] Result<bool> finish_replacement(const std::string& state_dir);

}  // namespace certconnector::store
