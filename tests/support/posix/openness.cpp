#include "tests/support/openness.h"

#include <sys/stat.h>
#include <unistd.h>

namespace certconnector::testing {

Openness openness_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return Openness::other;
  switch (info.st_mode & 0777U) {
    case 0600:
      return Openness::owner_alone;
    case 0700:
      return S_ISDIR(info.st_mode) ? Openness::owner_alone : Openness::other;
    case 0644:
      return Openness::all_read;
    default:
      return Openness::other;
  }
}

bool names_go_at_once() { return true; }

bool is_superuser() { return ::geteuid() == 0; }

}  // namespace certconnector::testing
