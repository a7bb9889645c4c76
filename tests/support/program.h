// Runs another program in a test, such as openssl.
#pragma once

#include <string>
#include <vector>

namespace certconnector::testing {

struct ProgramResult {
  int exit_code = -1;  // -1: it did not start, or a signal ended it
  std::string output;  // standard output and standard error
};

// Found in PATH; arguments reach it as they are, without a shell. Returns when it has ended.
[[nodiscard]] ProgramResult run_program(const std::vector<std::string>& arguments);

}  // namespace certconnector::testing
