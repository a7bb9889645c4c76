// Why a well-formed request of the CLI cannot be done, where no other module has said so.
#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::control {

enum class RequestErrc {
  unknown_command,
  bad_value,
  no_such_job,
  ambiguous_job,
  no_such_ca,
  ca_not_set_up,
  ca_unusable,
  no_such_service,
  no_such_enrollment,
  no_such_certificate,
  not_revoked,
  not_enrolled,
  internal
};
[[nodiscard]] ErrorCode error_code(RequestErrc errc);
[[nodiscard]] Error bad_value(std::string message);

// What to do next about an error that a command ended with; never empty.
[[nodiscard]] std::string remedy_for(const Error& error);

}  // namespace certconnector::control
