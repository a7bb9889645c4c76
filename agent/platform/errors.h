#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::platform {

enum class PlatformErrc {
  not_found,  // no such file
  too_open,   // a secret that others can read
  too_large,
  exists,  // would replace something that must not be replaced
  busy,    // another agent has the lock
  malformed,
  input_output
};
[[nodiscard]] ErrorCode error_code(PlatformErrc errc);

// From errno, for "cannot <doing>": ENOENT is not_found and permanent; a full or read-only disk is
// transient.
[[nodiscard]] Error system_error(int error_number, const std::string& doing);

}  // namespace certconnector::platform
