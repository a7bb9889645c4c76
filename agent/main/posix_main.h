#pragma once

#include "agent/core/ports/crash_points.h"

namespace certconnector {

// The program: arguments in, exit code out. Tests pass waypoints of their own.
[[nodiscard]] int run_agent(int argc, char** argv, core::CrashPoints& crash_points);

}  // namespace certconnector
