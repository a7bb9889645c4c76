// The section [http]: what no single key shows.
#pragma once

#include "agent/config/scep_check.h"

namespace certconnector::config {

void check_http(const HttpSettings& http, const Complain& complain);

}  // namespace certconnector::config
