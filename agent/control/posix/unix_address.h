// The address of a Unix socket by path.
#pragma once

#include <sys/un.h>

#include <string>

#include "common/result/result.h"

namespace certconnector::control {

// Error: bad_path, for a path that is empty or longer than the system takes (107 octets on Linux).
[[nodiscard]] Result<sockaddr_un> unix_address(const std::string& path);

}  // namespace certconnector::control
