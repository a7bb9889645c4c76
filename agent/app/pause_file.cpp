#include "agent/app/pause_file.h"

#include "agent/platform/files.h"

namespace certconnector::app {

bool PauseFile::is_set() const { return platform::file_exists(path_); }

Status PauseFile::set() const {
  return platform::write_file_atomically(path_, "paused by certconnector pause\n",
                                         platform::FileMode::secret);
}

Status PauseFile::clear() const {
  if (!is_set()) return {};
  CC_TRY(platform::remove_file(path_));
  return platform::sync_folder(path_.substr(0, path_.rfind('/')));
}

}  // namespace certconnector::app
