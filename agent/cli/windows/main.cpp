// The certconnector program: arguments in, one call, exit code out.
#include <windows.h>

#include <filesystem>
#include <iostream>
#include <limits>

#include "agent/cli/cli.h"
#include "agent/cli/daemon_program.h"
#include "agent/platform/windows/console.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace {

using namespace certconnector;  // NOLINT(google-build-using-namespace): not a header

std::string working_folder() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).generic_u8string();
}

std::size_t screen_width() {
  const std::size_t columns = platform::console_width();
  return columns == 0 ? cli::kScreenWidth : columns;
}

// Ctrl-C ends the program, and with it the wait.
bool wait_for_next_screen() {
  Wakeup never_notified;
  never_notified.wait(std::chrono::seconds(2), StopToken());
  return static_cast<bool>(std::cout);
}

}  // namespace

int wmain(int argc, wchar_t** argv) {
  // Libraries of the system alone: this program may run in a folder that others write.
  ::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
  const platform::Arguments arguments(argc, argv);
  const platform::Utf8Console console;
  const SystemClock clock;
  const bool terminal = platform::is_console(platform::Stream::output);
  const bool steers = terminal && platform::make_steerable();
  cli::Surroundings around{std::cin,
                           std::cout,
                           std::cerr,
                           platform::is_console(platform::Stream::input),
                           steers && platform::environment_variable(L"NO_COLOR").empty(),
                           clock,
                           platform::environment_variable(L"CERTCONNECTOR_SOCKET"),
                           working_folder(),
                           control::connect_control,
                           cli::become_daemon,
                           wait_for_next_screen,
                           terminal ? screen_width() : std::numeric_limits<std::size_t>::max()};
  around.out_steers = steers;
  return static_cast<int>(cli::run(arguments.without_program(), around));
}
