// The files that a backup holds beside the database: the same places in the backup and in what a
// restore stages and keeps aside.
#pragma once

#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "agent/platform/files.h"

namespace certconnector::app {

inline constexpr const char* kDatabaseFile = "agent.db";

struct BackupFile {
  std::string name;  // in the backup: "ca/default/key.pem"
  std::string path;  // in use
  platform::FileMode mode = platform::FileMode::secret;
  bool renewed = false;  // see ca::CaFile
  bool needed = false;   // a backup without it is none
};

// The files of every CA, which may exist, and the keys and certificates of RAs that are there in
// `root`, a state folder or a backup (scep/SERVICE/NUMBER/FILE in both). Errors: a folder of RAs
// cannot be read, so their keys would be left out.
[[nodiscard]] Result<std::vector<BackupFile>> backup_files(const config::Settings& settings,
                                                           const std::string& root);

// Copies the file, where it is there, to its name below `folder`. Whether it was there.
[[nodiscard]] Result<bool> copy_below(const std::string& path, const std::string& folder,
                                      const BackupFile& file);

// The SHA-256 of a file of any size, in hex.
[[nodiscard]] Result<std::string> digest_of_file(const std::string& path,
                                                 const platform::TakePiece& also);

}  // namespace certconnector::app
