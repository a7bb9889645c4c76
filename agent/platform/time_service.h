// Whether something keeps this machine's clock right.
#pragma once

#include <optional>

namespace certconnector::platform {

// Whether the system's clock follows a time service. Nothing: the system does not tell.
[[nodiscard]] std::optional<bool> clock_is_synchronized();

}  // namespace certconnector::platform
