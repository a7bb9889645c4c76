// The names of revocation reasons in requests.
#pragma once

#include <string>

#include "agent/core/job.h"
#include "common/result/result.h"

namespace certconnector::control {

// RFC 5280's name; empty: unspecified. Error bad_value: names all.
[[nodiscard]] Result<core::RevocationReason> parse_reason(const std::string& name);

}  // namespace certconnector::control
