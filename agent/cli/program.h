// The certconnector program: arguments in, one call, exit code out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace certconnector::cli {

// What only the system knows of the terminal and the environment that the program runs in.
struct Terminal {
  bool input = false;
  bool output = false;
  bool steers = false;    // output obeys escape sequences
  bool colors = false;    // and nobody asked for none
  std::size_t width = 0;  // in columns, of the output; 0: not known
  std::string socket;     // CERTCONNECTOR_SOCKET
};

// `arguments` without the program's name. Returns the exit code.
[[nodiscard]] int run_program(const std::vector<std::string>& arguments, const Terminal& terminal);

}  // namespace certconnector::cli
