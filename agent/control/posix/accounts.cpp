#include "agent/control/posix/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

namespace certconnector::control {

namespace {

// A group with very many members needs more room; past this it counts as not found.
constexpr std::size_t kMaxEntry = std::size_t{1024} * 1024;

}  // namespace

std::optional<gid_t> group_id(const std::string& name) {
  if (name.empty()) return std::nullopt;
  for (std::size_t size = 4096; size <= kMaxEntry; size *= 4) {
    std::vector<char> room(size);
    group entry{};
    group* found = nullptr;
    const int code = ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (code == ERANGE) continue;
    if (found == nullptr) return std::nullopt;
    return entry.gr_gid;
  }
  return std::nullopt;
}

std::optional<uid_t> user_id(const std::string& name) {
  for (std::size_t size = 4096; size <= kMaxEntry; size *= 4) {
    std::vector<char> room(size);
    passwd entry{};
    passwd* found = nullptr;
    const int code = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
    if (code == ERANGE) continue;
    if (found == nullptr) return std::nullopt;
    return entry.pw_uid;
  }
  return std::nullopt;
}

std::string user_name(uid_t user) {
  for (std::size_t size = 4096; size <= kMaxEntry; size *= 4) {
    std::vector<char> room(size);
    passwd entry{};
    passwd* found = nullptr;
    const int code = ::getpwuid_r(user, &entry, room.data(), room.size(), &found);
    if (code == ERANGE) continue;
    if (found != nullptr) return entry.pw_name;
    break;
  }
  return "uid " + std::to_string(user);
}

}  // namespace certconnector::control
