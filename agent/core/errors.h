#pragma once

#include "common/result/error.h"

namespace certconnector::core {

enum class CoreErrc {
  not_enrolled,      // there is no management endpoint yet
  bad_answer,        // the endpoint answered something else than was asked
  identity_expired,  // the client certificate's time is over
  identity_not_yet_valid,
  identity_wrong_usage,   // it lacks EKU client authentication
  identity_key_mismatch,  // the private key is not the certificate's
  ca_silent               // a CA has not answered in time
};

[[nodiscard]] ErrorCode error_code(CoreErrc errc);

}  // namespace certconnector::core
