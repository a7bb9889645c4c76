// The program certconnectord on this platform.
#pragma once

#include "agent/core/ports/crash_points.h"

namespace certconnector {

// Arguments in, exit code out. Tests pass other crash points.
[[nodiscard]] int run_program(int argc, char** argv, core::CrashPoints& crash_points);

}  // namespace certconnector
