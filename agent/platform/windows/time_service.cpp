#include "agent/platform/time_service.h"

namespace certconnector::platform {

// `w32tm /query /status` tells people; there is no call that tells programs.
std::optional<bool> clock_is_synchronized() { return std::nullopt; }

}  // namespace certconnector::platform
