// Paths of POSIX in tests, as this platform has them.
#pragma once

#include <string>

// Not `testing`: a suite that says testing:: of GoogleTest includes this.
namespace certconnector::tests {

// An absolute path of POSIX as one of this platform: Windows has it on drive C.
[[nodiscard]] std::string local_path(const std::string& path);

}  // namespace certconnector::tests
