// The section [http]: what no single key shows.
#pragma once

#include "agent/config/scep_check.h"

namespace certconnector::config {

// Of a listener's file.
inline constexpr const char* kOrTheStore = "does not stand beside certificate_store";

void check_http(const HttpSettings& http, const Complain& complain);

}  // namespace certconnector::config
