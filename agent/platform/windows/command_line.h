#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certconnector::platform {

// One text for CreateProcess(), which every program takes apart by itself as Microsoft's C library
// does: each argument reaches it as it is.
[[nodiscard]] std::wstring command_line(const std::string& program,
                                        const std::vector<std::string>& arguments);

// "NAME=value" each, as CreateProcess() takes them, sorted as it asks.
[[nodiscard]] std::wstring environment_block(std::vector<std::string> environment);

}  // namespace certconnector::platform
