#include "agent/app/pause_file.h"

#include "agent/platform/files.h"
#include "agent/platform/paths.h"

namespace certconnector::app {

PauseFile::PauseFile(const std::string& state_dir)
    : path_(platform::join_path(state_dir, "paused")) {}

bool PauseFile::is_set() const { return platform::file_exists(path_); }

Status PauseFile::set() const {
  return platform::write_file_atomically(path_, "paused by certconnector pause\n",
                                         platform::FileMode::secret);
}

Status PauseFile::clear() const {
  if (!is_set()) return {};
  CC_TRY(platform::remove_file(path_));
  return platform::sync_folder(platform::parent_path(path_));
}

}  // namespace certconnector::app
