// The section [management]: what no single key shows.
#pragma once

#include "agent/config/scep_check.h"

namespace certconnector::config {

void check_management(const ManagementSettings& management, const Complain& complain);

}  // namespace certconnector::config
