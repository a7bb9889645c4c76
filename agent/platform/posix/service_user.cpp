#include "agent/platform/service_user.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/platform/posix/account.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

// The groups of the system's list, or of the folder alone where the user is in no list.
Status take_groups(uid_t user, gid_t group_of_folder) {
  const auto account = account_of(user);
  if (!account) {
    if (::setgroups(1, &group_of_folder) != 0 || ::setgid(group_of_folder) != 0) {
      return system_error(errno, "leave root's groups");
    }
    return {};
  }
  if (::initgroups(account->name.c_str(), account->group) != 0 || ::setgid(account->group) != 0) {
    return system_error(errno, "take the groups of " + account->name);
  }
  return {};
}

}  // namespace

Status become_owner_of(const std::string& folder) {
  struct stat info {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &info) != 0 || info.st_uid == 0) return {};
  CC_TRY(take_groups(info.st_uid, info.st_gid));
  if (::setuid(info.st_uid) != 0) return system_error(errno, "become the owner of " + folder);
  return {};
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace certconnector::platform
