#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace certconnector::platform {

struct Account {
  std::string name;
  gid_t group = 0;  // the first of its groups
};

// Of the system's list of users; nothing: it has no such user. Thread-safe.
[[nodiscard]] std::optional<Account> account_of(uid_t user);

// Nothing: the system has no user of this name. Thread-safe.
[[nodiscard]] std::optional<uid_t> user_named(const std::string& name);

// Else the number. Thread-safe.
[[nodiscard]] std::string name_of_group(gid_t group);

}  // namespace certconnector::platform
