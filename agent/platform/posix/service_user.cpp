#include "agent/platform/service_user.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/platform/paths.h"
#include "agent/platform/posix/account.h"
#include "agent/platform/posix/denied.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

constexpr uid_t kRoot = 0;

// The groups of the system's list, or the one alone where the user is in no list.
Status take_groups(uid_t user, gid_t otherwise) {
  const auto account = account_of(user);
  if (!account) {
    if (::setgroups(1, &otherwise) != 0 || ::setgid(otherwise) != 0) {
      return system_error(errno, "leave root's groups");
    }
    return {};
  }
  if (::initgroups(account->name.c_str(), account->group) != 0 || ::setgid(account->group) != 0) {
    return system_error(errno, "take the groups of " + account->name);
  }
  return {};
}

struct User {
  uid_t id = kRoot;
  gid_t group = 0;
};

User owner_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? User{info.st_uid, info.st_gid} : User();
}

// Whom the owner and group of the file or of its folder let read it.
User reader_of(const std::string& file) {
  for (const std::string& path : {file, parent_path(file)}) {
    const User owner = owner_of(path);
    if (owner.id != kRoot) return owner;
    if (owner.group == 0) continue;
    if (const auto user = user_named(name_of_group(owner.group))) return {*user, owner.group};
  }
  return {};
}

User agents_user(const std::string& state_dir, const std::string& configuration_file) {
  const User owner = owner_of(state_dir);
  if (owner.id != kRoot && may_read(configuration_file, owner.id)) return owner;
  const User reader = reader_of(configuration_file);
  return reader.id != kRoot && may_read(configuration_file, reader.id) ? reader : owner;
}

}  // namespace

Status become_agents_user(const std::string& state_dir, const std::string& configuration_file) {
  if (::geteuid() != kRoot) return {};
  const User user = agents_user(state_dir, configuration_file);
  if (user.id == kRoot) return {};
  CC_TRY(take_groups(user.id, user.group));
  if (::setuid(user.id) != 0) return system_error(errno, "become " + name_of_user(user.id));
  return {};
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace certconnector::platform
