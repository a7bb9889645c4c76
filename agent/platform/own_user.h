#pragma once

#include <string>

namespace certconnector::platform {

// The account that this process runs as, for a chown that a message names: its name, else its
// number. Thread-safe.
[[nodiscard]] std::string own_user();

}  // namespace certconnector::platform
