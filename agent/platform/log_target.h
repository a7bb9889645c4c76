#pragma once

#include <cstdio>
#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// Whether standard error leads to the service manager's own log, which adds time stamps and reads
// priorities (sd-daemon(3)).
[[nodiscard]] bool standard_error_is_journal();

// Before a log file is opened: whoever else may write its folder could put a link there, to have
// the lines appended to another file of the agent. Error too_open: a link, or a file of another, in
// such a folder, with the command that mends it.
[[nodiscard]] Status check_log_file(const std::string& path);
// After it was opened: closes it to others than the owner and its group. Where that cannot be, the
// log goes on. Error too_open: it is not the file of this name, or check_log_file() refuses it now.
[[nodiscard]] Status take_log_file(const std::string& path, std::FILE* opened);

}  // namespace certconnector::platform
