// The agent.db that a restore puts in place: the backup's state, with what the state that is there
// knows. Nothing but the stage is written.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/sqlite/lost_state.h"
#include "agent/store/sqlite/salvage.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::store {

struct RestoreSources {
  std::string state_dir;             // with the newer state, if there is one
  std::string backup;                // a folder with agent.db, or with queue.db and inventory.db
  bool of_first_release = false;     // the latter
  std::optional<Timestamp> made_at;  // the backup
  std::string stage;                 // a folder for the result, `agent.db`, and for drafts
  // As the files beside the newer state tell; the CRL number is the highest that anything names.
  std::vector<SalvageCa> cas;
  Timestamp now;
  ReportSalvage report;
};

enum class NewerState {
  none,        // there is no database
  unreadable,  // nothing in it can be read
  damaged,     // what can be read was merged
  sound,       // it was merged
  behind,      // it was merged, and a CA has issued with a later state or another database
  complete     // the same, and it has all that the backup has
};

struct RestoredDatabase {
  NewerState newer = NewerState::none;
  std::vector<SalvageCount> from_backup;  // what the newer state did not have
  std::optional<SalvageReport> salvage;   // of a damaged one
  // Without a newer state, or with one that is an older copy. Of a damaged one the CRL numbers.
  LostState lost;
  // Every CA names the state with which it has issued, and the backup is not older than that.
  bool is_the_last = false;
};

// Checks the backup's database to its end before anything else. Errors: corrupt or permanent (the
// backup is damaged or of a newer release; the newer state is of a newer release), transient.
[[nodiscard]] Result<RestoredDatabase> make_restored(const RestoreSources& sources);

// In octets, on the file system of the state folder.
[[nodiscard]] Result<std::uint64_t> room_to_restore(const RestoreSources& sources);

}  // namespace certconnector::store
