// Makes agent.db as small as what it holds: SQLite uses free pages again, and never gives them
// back. For an agent that does not run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/result/result.h"

namespace certconnector::store {

struct CompactionProgress {  // in octets of the new file
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
// Hears of it now and then. An error ends the compaction.
using ReportCompaction = std::function<Status(const CompactionProgress&)>;

struct CompactionReport {  // octets of the file
  std::uint64_t before = 0;
  std::uint64_t after = 0;
};

// Copies the database into a new file, and gives that the place of the old one. A kill or a power
// cut leaves the one or the other, whole. The caller holds the lock of the state folder.
//
// Errors: permanent (there is no database, or not_allowed: release 0.1.0 may go on with its files),
// corrupt (the database is damaged; --salvage is for that), transient (no room: the new file stands
// beside the old one for a while). After an error the database is as it was.
[[nodiscard]] Result<CompactionReport> compact(const std::string& state_dir,
                                               const ReportCompaction& report);

// The new file of one that was killed.
inline constexpr const char* kCompactedName = "agent.db.compacted";

}  // namespace certconnector::store
