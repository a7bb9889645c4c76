#include "agent/platform/posix/account.h"

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

}  // namespace certconnector::platform
