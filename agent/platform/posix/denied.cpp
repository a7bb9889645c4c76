#include "agent/platform/posix/denied.h"

#include <sys/stat.h>

#include "agent/platform/paths.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

bool may(mode_t mode, mode_t owner_bit, mode_t others_bit, bool is_owner) {
  return (mode & (is_owner ? owner_bit : others_bit)) != 0;
}

// The folder nearest to the root that does not let the user in; groups are left out of the account.
std::string folder_in_the_way(const std::string& path, uid_t self) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) return {};
    if (may(info.st_mode, S_IXUSR, S_IXGRP | S_IXOTH, info.st_uid == self)) continue;
    return "; " + name_of_user(self) + " may not enter the folder " + folder +
           ", which belongs to " + name_of_user(info.st_uid);
  }
  return {};
}

}  // namespace

std::string name_of_user(uid_t user) {
  const auto account = account_of(user);
  return account ? account->name : std::to_string(user);
}

std::string why_denied(const std::string& path, uid_t self) {
  std::string folder = folder_in_the_way(path, self);
  if (!folder.empty()) return folder;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  if (info.st_uid == self) return "; run: chmod u+r " + text::shell_word(path);
  return "; it belongs to " + name_of_user(info.st_uid) + "; run as root: chown " +
         name_of_user(self) + ": " + text::shell_word(path);
}

}  // namespace certconnector::platform
