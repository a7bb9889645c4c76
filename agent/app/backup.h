// Backup of what cannot be made again, and its way back: queue, certificate store, CA keys, the RA
// keys that devices encrypt to, and the agent's identity.
//
// A backup is a folder (0700): queue.db, inventory.db, ca/NAME/..., scep/SERVICE/NUMBER/...,
// identity/..., and manifest.json with the SHA-256 of every file but the databases, which hold
// checks of their own. The manifest is written last: a folder without it is not a backup.
#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "common/result/result.h"

namespace certconnector::store {
class SqliteJobStore;
class SqliteCertificateStore;
}  // namespace certconnector::store

namespace certconnector::app {

// While the agent runs. The queue is copied before the certificate store, so that no job of the
// copy has a certificate that the copied certificate store does not know. Errors: the folder is
// there already, or cannot be written.
[[nodiscard]] Status write_backup(const std::string& folder, const config::Settings& settings,
                                  store::SqliteJobStore& queue,
                                  store::SqliteCertificateStore& certificate_store);

// While no agent runs on the state folder. Checks every file against the manifest and both
// databases before it touches anything. Files that are there are replaced only with `force`:
// refused (would_overwrite) otherwise. Returns the paths that were restored.
[[nodiscard]] Result<std::vector<std::string>> restore_backup(const std::string& folder,
                                                              const config::Settings& settings,
                                                              bool force);

}  // namespace certconnector::app
