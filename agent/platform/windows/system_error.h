#pragma once

#include <cstdint>
#include <string>

#include "common/result/error.h"

namespace certconnector::platform {

// What a quota allows is used up. mingw-w64's winerror.h lacks it.
inline constexpr std::uint32_t kDiskQuotaExceeded = 1295;

// A number of GetLastError().
using SystemErrorNumber = std::uint32_t;

// "Access is denied (5)": in English where the system has it, without a line break.
[[nodiscard]] std::string system_message(SystemErrorNumber number);

// PlatformErrc from GetLastError(), for "cannot <doing>": no such file is not_found and permanent;
// a full disk, and a file that another process holds, are transient.
[[nodiscard]] Error system_error(SystemErrorNumber number, const std::string& doing);

}  // namespace certconnector::platform
