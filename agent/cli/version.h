#pragma once

#include <string_view>

namespace certconnector::cli {

[[nodiscard]] std::string_view program_version();

}  // namespace certconnector::cli
