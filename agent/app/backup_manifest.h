// manifest.json of a backup: what it holds, and the SHA-256 of every file. It comes last: a folder
// without it is no backup.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/app/progress.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::app {

struct BackupManifest {
  std::string version;                       // of the agent that made it
  std::optional<Timestamp> made_at;          // not known of a backup by release 0.1.0
  std::string database;                      // AgentDatabase's id; empty: by release 0.1.0
  std::map<std::string, std::string> files;  // by name: the SHA-256 in hex
};

// queue.db and inventory.db in the place of agent.db, without digests.
[[nodiscard]] bool is_of_first_release(const BackupManifest& manifest);

// Errors: bad_backup, permanent; those of the files.
[[nodiscard]] Result<BackupManifest> read_manifest(const std::string& folder);
[[nodiscard]] Status write_manifest(const std::string& folder, const BackupManifest& manifest);
// Every file is there and is the one that was saved. Reads all of them.
[[nodiscard]] Status check_digests(const std::string& folder, const BackupManifest& manifest,
                                   const ReportStep& report);

[[nodiscard]] Error bad_backup(const std::string& folder, const std::string& what);

}  // namespace certconnector::app
