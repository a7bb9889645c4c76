// The scripts of packaging/completion, which CMake puts into the program.
#pragma once

#include <string_view>

namespace certconnector::cli {

// Of bash, zsh or fish; empty for another shell.
[[nodiscard]] std::string_view completion_script(std::string_view shell);

}  // namespace certconnector::cli
