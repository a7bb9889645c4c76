// Files of the state directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::endpoint {

enum class FileMode { secret /* 0600 */, open /* 0644 */ };

// Written beside, synced and moved into place: a reader sees the old file or the whole new one.
[[nodiscard]] Status write_file(const std::string& path, std::string_view content, FileMode mode);
// Nothing when there is no such file; an error when it cannot be read or is over 16 MiB.
[[nodiscard]] Result<std::optional<std::string>> read_file(const std::string& path);
// Makes the directory with mode 0700 unless it is there.
[[nodiscard]] Status make_state_directory(const std::string& path);

}  // namespace certconnector::endpoint
