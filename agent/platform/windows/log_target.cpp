#include "agent/platform/log_target.h"

namespace certconnector::platform {

// No service manager here reads what a program writes to standard error.
bool standard_error_is_journal() { return false; }

}  // namespace certconnector::platform
