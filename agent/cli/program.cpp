#include "agent/cli/program.h"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <limits>
#include <system_error>

#include "agent/cli/cli.h"
#include "agent/cli/daemon_program.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::cli {
namespace {

std::string working_folder() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).generic_u8string();
}

// Ctrl-C ends the program, and with it the wait.
bool wait_for_next_screen() {
  Wakeup never_notified;
  never_notified.wait(std::chrono::seconds(2), StopToken());
  return static_cast<bool>(std::cout);
}

std::size_t width_of(const Terminal& terminal) {
  if (!terminal.output) return std::numeric_limits<std::size_t>::max();
  return terminal.width == 0 ? kScreenWidth : terminal.width;
}

}  // namespace

ErrorCode error_code(DaemonErrc errc) {
  switch (errc) {
    case DaemonErrc::not_started:
      return {"cli", "daemon_not_started"};
  }
  return {"cli", "unknown"};
}

int run_program(const std::vector<std::string>& arguments, const Terminal& terminal) {
  const SystemClock clock;
  Surroundings around{std::cin,
                      std::cout,
                      std::cerr,
                      terminal.input,
                      terminal.colors,
                      clock,
                      terminal.socket,
                      working_folder(),
                      control::connect_control,
                      become_daemon,
                      wait_for_next_screen,
                      width_of(terminal)};
  around.out_steers = terminal.steers;
  return static_cast<int>(run(arguments, around));
}

}  // namespace certconnector::cli
