#include "agent/platform/log_target.h"

#include <cstdlib>

namespace certconnector::platform {

// systemd sets this where standard error is the journal.
bool standard_error_is_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

}  // namespace certconnector::platform
