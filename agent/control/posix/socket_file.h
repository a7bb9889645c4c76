// The listening socket and its file: made with the right permissions, removed at the end.
#pragma once

#include <string>

#include "agent/platform/posix/file_descriptor.h"
#include "common/log/log.h"
#include "common/result/result.h"

namespace certconnector::control {

// Whether nothing but a socket, dead or not, has this path. Error bad_path.
[[nodiscard]] Status check_no_other_file(const std::string& path);

// Listening, non-blocking. Replaces a dead agent's socket file; in_use when an agent answers on it,
// bad_path when something that is not a socket is there.
[[nodiscard]] Result<platform::FileDescriptor> listen_on(const std::string& path,
                                                         const std::string& group,
                                                         log::Logger& logger);

}  // namespace certconnector::control
