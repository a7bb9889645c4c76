#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "agent/cli/program.h"

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::size_t screen_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  certconnector::cli::Terminal terminal;
  terminal.input = ::isatty(STDIN_FILENO) != 0;
  terminal.output = ::isatty(STDOUT_FILENO) != 0;
  terminal.steers = terminal.output && environment("TERM") != "dumb";
  terminal.colors = terminal.steers && environment("NO_COLOR").empty();
  terminal.width = screen_width();
  terminal.socket = environment("CERTCONNECTOR_SOCKET");
  return certconnector::cli::run_program({argv + 1, argv + argc}, terminal);
}
