#pragma once

#include "agent/ca/backend.h"

namespace certconnector::ca {

// A CA behind a helper program by certmonger's protocol.
[[nodiscard]] Backend exec_backend();

}  // namespace certconnector::ca
