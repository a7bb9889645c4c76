#pragma once

#include <string>

#include "agent/app/run.h"

namespace certconnector {

// The agent's log in files that are closed to others. `default_file`: see LogTarget.
[[nodiscard]] app::LogTarget log_destination(std::string default_file);

}  // namespace certconnector
