#pragma once

#include <sys/types.h>

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// Whether a file or folder of `owner` may decide what a process of the user `self` does: root's and
// its own may. Root looks at what belongs to the agent's user, whom it does not know: any may then.
// Errors: too_open, with the chown.
[[nodiscard]] Status check_owner(const std::string& path, uid_t owner, uid_t self);

}  // namespace certconnector::platform
