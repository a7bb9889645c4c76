#include "agent/platform/shared_owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "agent/platform/posix/file_descriptor.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// The owner of the folder may put a link in place of anything meanwhile. So each step begins at an
// open folder, and what is changed is what was looked at.
Status give(int in, const char* name, const struct stat& owner);

Status give_inside(int in, const char* name, const struct stat& owner) {
  FileDescriptor opened(::openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.valid()) return system_error(errno, std::string("open ") + name);
  const int folder = opened.get();
  const Folder entries(::fdopendir(::dup(folder)));
  if (!entries) return system_error(errno, std::string("read ") + name);
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view inside = entry->d_name;
    if (inside != "." && inside != "..") CC_TRY(give(folder, entry->d_name, owner));
  }
  return {};
}

Status give(int in, const char* name, const struct stat& owner) {
  const FileDescriptor file(::openat(in, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!file.valid() || ::fstat(file.get(), &info) != 0) {
    return system_error(errno, std::string("open ") + name);
  }
  const bool only_here = S_ISREG(info.st_mode) && info.st_nlink == 1;
  if (!S_ISDIR(info.st_mode) && !only_here) return {};
  if (info.st_uid == 0 &&
      ::fchownat(file.get(), "", owner.st_uid, owner.st_gid, AT_EMPTY_PATH) != 0) {
    return system_error(errno, std::string("change the owner of ") + name);
  }
  return S_ISDIR(info.st_mode) ? give_inside(in, name, owner) : Status();
}

}  // namespace

Result<bool> give_to_owner(const std::string& folder) {
  struct stat owner {};
  if (::lstat(folder.c_str(), &owner) != 0) return system_error(errno, "look at " + folder);
  if (::geteuid() != 0 || !S_ISDIR(owner.st_mode)) return owner.st_uid == ::geteuid();
  if (owner.st_uid == 0) return false;
  CC_TRY(give_inside(AT_FDCWD, folder.c_str(), owner));
  return true;
}

}  // namespace certconnector::platform
