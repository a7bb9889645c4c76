// For temp_directory.cpp.
#pragma once

#include <filesystem>

namespace certconnector::testing {

// A new folder below the system's temporary one, that nobody else may use. Throws.
[[nodiscard]] std::filesystem::path make_private_folder();

}  // namespace certconnector::testing
