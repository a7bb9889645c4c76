#pragma once

#include <string>

#include "agent/platform/posix/account.h"
#include "common/result/error.h"

namespace certconnector::platform {

// read_shared: a file without a secret, which its owner may keep.
enum class Access { read, read_shared, write };

// What a message about a file adds that the user may not use so: the command that mends it, or who
// owns it, or the folder in the way. Empty: none of these is the reason. It gives no command for
// what a link leads to that others than root may have put there.
[[nodiscard]] std::string why_denied(const std::string& path, uid_t user, Access access);

// The error, with why_denied() of this process where it is one of rights.
[[nodiscard]] Error with_why_denied(Error error, const std::string& path, Access access);
// "cannot read PATH: ...".
[[nodiscard]] Error cannot_use(int error_number, const std::string& path, Access access);

// The user's name, else the number.
[[nodiscard]] std::string name_of_user(uid_t user);

}  // namespace certconnector::platform
