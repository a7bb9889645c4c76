// What can be wrong with what challenges are checked against.
#pragma once

#include "common/result/error.h"

namespace certconnector::enrollment {

enum class RegistrationErrc {
  bad_keys,        // a text of trusted keys that cannot be used
  weak_secret,     // a shared challenge password that is too short
  bad_caller,      // an entry of the list of callers that names nobody
  endpoint_silent  // the management endpoint is not asked for a while
};
[[nodiscard]] ErrorCode error_code(RegistrationErrc errc);

}  // namespace certconnector::enrollment
