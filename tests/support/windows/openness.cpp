#include "tests/support/openness.h"

#include "agent/platform/windows/access.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::testing {

Openness openness_of(const std::string& path) {
  using platform::Denied;
  const platform::Handle file(::CreateFileW(platform::system_path(path).c_str(), READ_CONTROL,
                                            platform::kShareAll, nullptr, OPEN_EXISTING,
                                            FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!file.valid()) return Openness::other;
  if (platform::check_access(file.get(), Denied::reading_and_writing, path).ok()) {
    return Openness::owner_alone;
  }
  return platform::check_access(file.get(), Denied::writing, path).ok() ? Openness::all_read
                                                                        : Openness::other;
}

// Not under Wine: with the last handle.
bool names_go_at_once() { return false; }

// Wine runs as root here, and administrators read every file of Windows after all.
bool is_superuser() { return true; }

}  // namespace certconnector::testing
