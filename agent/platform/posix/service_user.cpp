#include "agent/platform/service_user.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

constexpr std::size_t kLongestEntry = 16384;

// Of the system's list of users; nothing: it has no such user.
std::optional<std::pair<std::string, gid_t>> user_entry(uid_t user) {
  passwd entry{};
  std::array<char, kLongestEntry> buffer{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return std::pair(std::string(found->pw_name), found->pw_gid);
}

// The groups of the system's list, or of the folder alone where the user is in no list.
Status take_groups(uid_t user, gid_t group_of_folder) {
  const auto entry = user_entry(user);
  if (!entry) {
    if (::setgroups(1, &group_of_folder) != 0 || ::setgid(group_of_folder) != 0) {
      return system_error(errno, "leave root's groups");
    }
    return {};
  }
  const auto& [name, group] = *entry;
  if (::initgroups(name.c_str(), group) != 0 || ::setgid(group) != 0) {
    return system_error(errno, "take the groups of " + name);
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

}  // namespace certconnector::platform
