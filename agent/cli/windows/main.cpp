#include <windows.h>

#include "agent/cli/program.h"
#include "agent/platform/windows/console.h"

int wmain(int argc, wchar_t** argv) {
  using namespace certconnector;  // NOLINT(google-build-using-namespace): not a header
  // Libraries of the system alone: this program may run in a folder that others write.
  ::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
  const platform::Arguments arguments(argc, argv);
  const platform::Utf8Console console;
  cli::Terminal terminal;
  terminal.input = platform::is_console(platform::Stream::input);
  terminal.output = platform::is_console(platform::Stream::output);
  terminal.steers = terminal.output && platform::make_steerable();
  terminal.colors = terminal.steers && platform::environment_variable(L"NO_COLOR").empty();
  terminal.width = platform::console_width();
  terminal.socket = platform::environment_variable(L"CERTCONNECTOR_SOCKET");
  return cli::run_program(arguments.without_program(), terminal);
}
