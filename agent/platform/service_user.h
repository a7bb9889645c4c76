// The user that the agent runs as, for a check that a person runs as root.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// A process of root becomes the owner of the folder for good, with that user's groups: from then on
// it may read and write what the agent may. Does nothing for another process, without that folder,
// or where it is root's. Not thread-safe. Errors: permanent.
[[nodiscard]] Status become_owner_of(const std::string& folder);

// Whether this process is root's. Windows has no such account.
[[nodiscard]] bool is_root();

}  // namespace certconnector::platform
