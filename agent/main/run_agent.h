// The part of the program that is the same on every platform: the arguments and the errands.
#pragma once

#include <functional>

#include "agent/app/run.h"

namespace certconnector {

// Runs the agent as a service and gives its exit code. Called at most once, after the arguments
// were found to be good and before the configuration is read.
using RunService = std::function<int(const app::RunOptions&)>;

// Arguments in, exit code out.
[[nodiscard]] int run_agent(int argc, char** argv, const RunService& run_service);

}  // namespace certconnector
