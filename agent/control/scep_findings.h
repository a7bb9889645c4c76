// The state and the problems of the SCEP services, for status and health.
#pragma once

#include <vector>

#include "agent/control/scep_operations.h"
#include "agent/core/health.h"

namespace certconnector::control {

// One for each service. `wall` is the wall clock's.
[[nodiscard]] std::vector<core::HealthFinding> scep_findings(
    const std::vector<ScepServiceView>& services, Timestamp wall);

}  // namespace certconnector::control
