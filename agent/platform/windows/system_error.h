#pragma once

#include <cstdint>
#include <string>

#include "agent/platform/windows/system_message.h"
#include "common/result/error.h"

namespace certconnector::platform {

// What a quota allows is used up. mingw-w64's winerror.h lacks it.
inline constexpr std::uint32_t kDiskQuotaExceeded = 1295;

// PlatformErrc from GetLastError(), for "cannot <doing>": no such file is not_found and permanent;
// a full disk, and a file that another process holds, are transient.
[[nodiscard]] Error system_error(SystemErrorNumber number, const std::string& doing);

}  // namespace certconnector::platform
