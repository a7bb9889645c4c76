// Time since the machine booted, suspends included; never goes back. One implementation a platform.
#pragma once

#include "common/time/clock.h"

namespace certconnector {

[[nodiscard]] Duration time_since_boot();

}  // namespace certconnector
