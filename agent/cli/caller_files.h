// Files that the person at the command line names: read and written with that person's rights.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "common/result/result.h"

namespace certconnector::cli {

enum class FileErrc {
  unreadable,
  too_large,
  unwritable,
  refused  // the agent does not take its content
};
[[nodiscard]] ErrorCode error_code(FileErrc errc);

// No file that a command takes whole is larger, but a CRL.
inline constexpr std::size_t kMaxFile = std::size_t{1024} * 1024;

// "-" is `standard_input`. Errors name the file, never its content.
[[nodiscard]] Result<std::string> read_input(const std::string& path, std::istream& standard_input,
                                             std::size_t max_size = kMaxFile);
[[nodiscard]] Status write_file(const std::string& path, std::string_view content);

// The absolute path: the agent has another working folder than its caller.
[[nodiscard]] std::string absolute_path(const std::string& path, const std::string& working_folder);

}  // namespace certconnector::cli
