#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::platform {

// PlatformErrc from errno, for "cannot <doing>": ENOENT is not_found and permanent; a full or
// read-only disk is transient.
[[nodiscard]] Error system_error(int error_number, const std::string& doing);

}  // namespace certconnector::platform
