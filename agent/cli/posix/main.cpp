// The certconnector program: arguments in, one call, exit code out.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>

#include "agent/cli/cli.h"
#include "agent/cli/daemon_program.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace {

using namespace certconnector;  // NOLINT(google-build-using-namespace): not a header

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string working_folder() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).u8string();
}

std::size_t screen_width() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : cli::kScreenWidth;
}

// Ctrl-C ends the program, and with it the wait.
bool wait_for_next_screen() {
  Wakeup never_notified;
  never_notified.wait(std::chrono::seconds(2), StopToken());
  return static_cast<bool>(std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  const SystemClock clock;
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  const bool steers = terminal && environment("TERM") != "dumb";
  cli::Surroundings around{std::cin,
                           std::cout,
                           std::cerr,
                           ::isatty(STDIN_FILENO) != 0,
                           steers && environment("NO_COLOR").empty(),
                           clock,
                           environment("CERTCONNECTOR_SOCKET"),
                           working_folder(),
                           control::connect_control,
                           cli::become_daemon,
                           wait_for_next_screen,
                           terminal ? screen_width() : std::numeric_limits<std::size_t>::max()};
  around.out_steers = steers;
  return static_cast<int>(cli::run({argv + 1, argv + argc}, around));
}
