#pragma once

#include <cstdint>
#include <string>

namespace certconnector::platform {

// A number of GetLastError().
using SystemErrorNumber = std::uint32_t;

// "Access is denied (5)": in English where the system has it, without a line break.
[[nodiscard]] std::string system_message(SystemErrorNumber number);

}  // namespace certconnector::platform
