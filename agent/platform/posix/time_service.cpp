#include "agent/platform/time_service.h"

#include <sys/timex.h>

namespace certconnector::platform {

// The kernel knows: adjtimex(2).
std::optional<bool> clock_is_synchronized() {
  timex state{};
  const int standing = adjtimex(&state);
  if (standing < 0) return std::nullopt;
  return standing != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace certconnector::platform
