// The agent.db that a restore puts in place: the backup's state, with what the state that is there
// knows. Nothing but the stage is written.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  complete     // the same, and it has all that the backup has
};

struct RestoredDatabase {
  NewerState newer = NewerState::none;
  std::vector<SalvageCount> from_backup;  // what the newer state did not have
  std::optional<SalvageReport> salvage;   // of a damaged one
  // Without a newer state, of the backup:
  std::uint64_t unfinished_jobs = 0;
  std::uint64_t withdrawn_challenges = 0;  // open one-time passwords; they may have been used since
  std::uint64_t published_revocations = 0;  // that only a published CRL knows
  // The last CRL number of each CA that publishes CRLs, where numbers were passed over.
  std::vector<std::pair<core::CaFingerprint, std::uint64_t>> crl_numbers;
  Timestamp known_until;  // when the backup was made, or its last certificate
};

// Checks the backup's database to its end before anything else. Errors: corrupt or permanent (the
// backup is damaged or of a newer release; the newer state is of a newer release), transient.
[[nodiscard]] Result<RestoredDatabase> make_restored(const RestoreSources& sources);

// In octets, on the file system of the state folder.
[[nodiscard]] Result<std::uint64_t> room_to_restore(const RestoreSources& sources);

}  // namespace certconnector::store
