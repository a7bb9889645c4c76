// The companion program `certconnector` as a function.
#pragma once

#include <string>
#include <vector>

#include "agent/cli/exit_code.h"
#include "agent/cli/surroundings.h"

namespace certconnector::cli {

// `arguments` without the program's name. Prints to the streams of `around`; does not throw.
[[nodiscard]] ExitCode run(const std::vector<std::string>& arguments, Surroundings& around);

}  // namespace certconnector::cli
