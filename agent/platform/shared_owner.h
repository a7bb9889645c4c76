#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// After root has written in the folder of another user: gives all that is root's in it to that
// user. Changes nothing where the folder is root's own, or this process is not root. Answers
// whether the files are the agent's: no to root in its own folder, which it may have made for
// another. Follows no symbolic link, and leaves a file with a second name. Errors: of the system;
// what was given stays given.
[[nodiscard]] Result<bool> give_to_owner(const std::string& folder);

}  // namespace certconnector::platform
