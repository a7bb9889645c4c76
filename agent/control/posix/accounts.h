// Names of users and groups of this machine.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace certconnector::control {

[[nodiscard]] std::optional<gid_t> group_id(const std::string& name);
[[nodiscard]] std::optional<uid_t> user_id(const std::string& name);
// The login name, else "uid 1234".
[[nodiscard]] std::string user_name(uid_t user);

}  // namespace certconnector::control
