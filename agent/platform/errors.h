#pragma once

#include "common/result/error.h"

namespace certconnector::platform {

enum class PlatformErrc {
  not_found,      // no such file
  not_permitted,  // to this process's user
  too_open,       // a secret that others can read, or what others can write and may not
  too_large,
  not_writable,  // this process may not make anything there
  exists,        // would replace something that must not be replaced
  busy,          // another agent has the lock
  malformed,
  input_output
};
[[nodiscard]] ErrorCode error_code(PlatformErrc errc);

// Whether a change of owner or mode mends it, with the command that the message has.
[[nodiscard]] bool is_of_rights(const Error& error);

}  // namespace certconnector::platform
