#pragma once

#include <string>

namespace certconnector::platform {

// Where the service's log goes when the configuration names no file.
[[nodiscard]] std::string default_log_file();

}  // namespace certconnector::platform
