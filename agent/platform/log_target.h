#pragma once

namespace certconnector::platform {

// Whether standard error leads to the service manager's own log, which adds time stamps and reads
// priorities (sd-daemon(3)).
[[nodiscard]] bool standard_error_is_journal();

}  // namespace certconnector::platform
