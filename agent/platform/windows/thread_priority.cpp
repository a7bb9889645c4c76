#include <windows.h>

#include "agent/platform/background_work.h"

namespace certconnector::platform {

// Below every thread of usual priority; the system lifts a thread that would starve.
void lower_thread_priority() {
  static_cast<void>(::SetThreadPriority(::GetCurrentThread(), THREAD_PRIORITY_LOWEST));
}

}  // namespace certconnector::platform
