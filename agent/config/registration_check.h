// The section [registration]: what no single key shows.
#pragma once

#include "agent/config/scep_check.h"

namespace certconnector::config {

void check_registration(const Settings& settings, const Complain& complain);

}  // namespace certconnector::config
