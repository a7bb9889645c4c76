#pragma once

#include "agent/ca/backend.h"

namespace certconnector::ca {

// backend=adcs: an enterprise CA of Active Directory Certificate Services.
[[nodiscard]] Backend adcs_backend();

}  // namespace certconnector::ca
