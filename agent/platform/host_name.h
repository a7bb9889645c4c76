#pragma once

#include <string>

namespace certconnector::platform {

// This machine's name; empty when the system does not say.
[[nodiscard]] std::string host_name();

}  // namespace certconnector::platform
