// Text and paths as Windows takes them: UTF-16.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::platform {

// An octet that is no UTF-8 becomes U+FFFD, so that it names nothing.
[[nodiscard]] std::wstring wide(std::string_view utf8);
[[nodiscard]] std::string narrow(std::wstring_view text);

// Absolute, without `.` and `..`, as a person would write it.
[[nodiscard]] std::string full_path(const std::string& path);

// The name of a file for the system's calls: absolute, with \\?\ before it, so that it may be of
// any length and no part of it means something else (a device, a name with a dot at its end).
[[nodiscard]] std::wstring system_path(const std::string& path);

}  // namespace certconnector::platform
