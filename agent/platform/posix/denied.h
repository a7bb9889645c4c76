#pragma once

#include <string>

#include "agent/platform/posix/account.h"
#include "agent/platform/posix/obstacle.h"
#include "common/result/error.h"

namespace certconnector::platform {

// read_shared, execute: a file without a secret, which its owner may keep.
enum class Access { read, read_shared, write, execute };

// What a message about a file adds that the user may not use so: the command that mends it, or who
// owns it, or the folder in the way. Empty: none of these is the reason. All files that are
// another's in one folder of the user get one command. It gives none for what a link leads to that
// others than root may have put there.
[[nodiscard]] std::string why_denied(const std::string& path, uid_t user, Access access);

// The error, with why_denied() of this process where it is one of rights.
[[nodiscard]] Error with_why_denied(Error error, const std::string& path, Access access);
// "cannot read PATH: ...", or what stands in its place (obstacle.h).
[[nodiscard]] Error cannot_use(int error_number, const std::string& path, Access access,
                               Wanted wanted = Wanted::file);

// "; run as root: chown ...", where a file or folder is to be the user's; no command behind a link
// as above. Thread-safe.
[[nodiscard]] std::string how_to_give(const std::string& path, uid_t user);
// Whether another user than root may read the file, as far as owners, groups and modes tell.
[[nodiscard]] bool may_read(const std::string& path, uid_t user);

// The user's name, else the number.
[[nodiscard]] std::string name_of_user(uid_t user);

}  // namespace certconnector::platform
