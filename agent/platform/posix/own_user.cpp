#include "agent/platform/own_user.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace certconnector::platform {

std::string own_user() {
  const uid_t id = ::geteuid();
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const int failed = ::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found);
  return failed != 0 || found == nullptr ? std::to_string(id) : found->pw_name;
}

}  // namespace certconnector::platform
