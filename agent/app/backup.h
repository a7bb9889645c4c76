// Backup and restore of the files that cannot be made again: the agent's database, CA keys, the RA
// keys that devices encrypt to, and the agent's identity.
//
// A backup is a folder (0700): agent.db, ca/NAME/..., scep/SERVICE/NUMBER/..., identity/..., and
// manifest.json with the SHA-256 of every file but the database, which checks itself. The manifest
// comes last: a folder without it is not a backup.
#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "common/result/result.h"

namespace certconnector::store {
class AgentDatabase;
}

namespace certconnector::app {

// While the agent runs. Errors: the folder exists, or cannot be written.
[[nodiscard]] Status write_backup(const std::string& folder, const config::Settings& settings,
                                  store::AgentDatabase& database);

// While no agent runs on the state folder. Checks every file against the manifest and the
// database before it touches anything. Replaces existing files only with `force`; otherwise the
// error would_overwrite. Returns the restored paths.
[[nodiscard]] Result<std::vector<std::string>> restore_backup(const std::string& folder,
                                                              const config::Settings& settings,
                                                              bool force);

}  // namespace certconnector::app
