#pragma once

#include <string>

#include "agent/config/settings.h"
#include "common/result/result.h"

namespace certconnector::app {

enum class ConfigurationErrc { unreadable, wrong };
[[nodiscard]] ErrorCode error_code(ConfigurationErrc errc);

// Reads and checks the file, which nobody but its owner may write; the error's message has a line
// for each problem.
[[nodiscard]] Result<config::Settings> load_configuration(const std::string& path);

}  // namespace certconnector::app
