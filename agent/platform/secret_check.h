// For the files of this folder.
#pragma once

#include "agent/platform/open_file.h"
#include "common/result/result.h"

namespace certconnector::platform {

// Whether a file is closed enough for a secret, as read_secret_file() says. Errors: too_open.
[[nodiscard]] Status check_secret(const OpenFile& file);

}  // namespace certconnector::platform
