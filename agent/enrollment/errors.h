// Errors of the settings that challenges and callers are checked against.
#pragma once

#include "common/result/error.h"

namespace certconnector::enrollment {

enum class EnrollmentErrc {
  bad_keys,        // an unusable text of trusted keys
  weak_secret,     // a shared challenge password that is too short
  bad_caller,      // an entry of the list of callers that names nobody
  endpoint_silent  // the agent does not ask the management endpoint for a while
};
[[nodiscard]] ErrorCode error_code(EnrollmentErrc errc);

}  // namespace certconnector::enrollment
