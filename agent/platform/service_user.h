// The user that the agent runs as, for a check that a person runs as root.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// A process of root becomes the agent's user for good, with that user's groups: from then on it may
// read and write what the agent may. The user is the owner of the state folder. Where that is root,
// is not there, or may not read the configuration file, the file tells the user: the owner of it or
// of its folder, or the user with the name of their group. Does nothing for another process, and
// where all of these are root. Not thread-safe. Errors: permanent.
[[nodiscard]] Status become_agents_user(const std::string& state_dir,
                                        const std::string& configuration_file);

// Whether this process is root's. Windows has no such account.
[[nodiscard]] bool is_root();

}  // namespace certconnector::platform
