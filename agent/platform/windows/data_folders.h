// The folders that the installed service works in.
#pragma once

#include "common/result/result.h"

namespace certconnector::platform {

// %ProgramData%\Certificate Connector, which the service reads, and in it the folders that it
// writes. Gives a folder that is there the same users. For administrators.
[[nodiscard]] Status make_data_folders();

}  // namespace certconnector::platform
