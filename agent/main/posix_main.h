#pragma once

#include "agent/core/ports/waypoints.h"

namespace certconnector {

// The program: arguments in, exit code out. Tests pass waypoints of their own.
[[nodiscard]] int run_agent(int argc, char** argv, core::Waypoints& waypoints);

}  // namespace certconnector
