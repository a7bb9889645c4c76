// Turning into certconnectord: for what only the agent's own program can do, such as checking a
// configuration.
#pragma once

#include <string>
#include <vector>

#include "common/result/error.h"

namespace certconnector::cli {

enum class DaemonErrc { not_started };
[[nodiscard]] ErrorCode error_code(DaemonErrc errc);

// Replaces this process, or ends it with that program's exit code. Looks beside this program, on
// Linux also in ../sbin and PATH. Returns only on failure.
[[nodiscard]] Error become_daemon(const std::vector<std::string>& arguments);

}  // namespace certconnector::cli
