#pragma once

#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/control/status_operations.h"
#include "agent/core/health.h"

namespace certconnector::app {

// Health findings about one CA: whether it can issue, and its CRL.
[[nodiscard]] std::vector<core::HealthFinding> ca_findings(const ConfiguredCa& configured,
                                                           const control::CaView& ca,
                                                           Timestamp wall);

}  // namespace certconnector::app
