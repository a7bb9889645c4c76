#pragma once

#include <string>

#include "agent/platform/posix/account.h"

namespace certconnector::platform {

// What a message about a file adds that the user `self` may not read: who owns it, with the command
// that gives it away, or the folder in the way. Empty: none of these is the reason.
[[nodiscard]] std::string why_denied(const std::string& path, uid_t self);

// The user's name, else the number.
[[nodiscard]] std::string name_of_user(uid_t user);

}  // namespace certconnector::platform
