#include "agent/platform/posix/account.h"

#include <grp.h>
#include <pwd.h>

#include <array>

namespace certconnector::platform {
namespace {

constexpr std::size_t kLongestEntry = 16384;

}  // namespace

std::optional<Account> account_of(uid_t user) {
  passwd entry{};
  std::array<char, kLongestEntry> buffer{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return Account{found->pw_name, found->pw_gid};
}

std::optional<uid_t> user_named(const std::string& name) {
  passwd entry{};
  std::array<char, kLongestEntry> buffer{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return found->pw_uid;
}

std::string name_of_group(gid_t group) {
  ::group entry{};
  std::array<char, kLongestEntry> buffer{};
  ::group* found = nullptr;
  const bool known =
      ::getgrgid_r(group, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return known ? found->gr_name : std::to_string(group);
}

}  // namespace certconnector::platform
