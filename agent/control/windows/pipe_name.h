// The name of a pipe of this machine.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::control {

// "\\.\pipe\name" of a path written so, or with '/'. Error: bad_path, for every other path: it may
// be that of another machine.
[[nodiscard]] Result<std::wstring> pipe_name(const std::string& path);

}  // namespace certconnector::control
