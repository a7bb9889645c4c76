#pragma once

#include <string>

#include "agent/config/configuration.h"
#include "common/result/result.h"

namespace certconnector::app {

enum class ConfigurationErrc { unreadable, wrong };
[[nodiscard]] ErrorCode error_code(ConfigurationErrc errc);

// Reads the file, which nobody but its owner may write. Errors: unreadable.
[[nodiscard]] Result<config::Reading> read_configuration(const std::string& path);
// The same, and the file has no problem; else `wrong`, whose message has a line for each.
[[nodiscard]] Result<config::Settings> load_configuration(const std::string& path);

}  // namespace certconnector::app
