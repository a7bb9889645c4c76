#pragma once

#include "agent/ca/backend.h"

namespace certconnector::ca {

// The embedded CA.
[[nodiscard]] Backend local_backend();

}  // namespace certconnector::ca
