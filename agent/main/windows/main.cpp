#include <windows.h>

#include "agent/main/program.h"
#include "agent/platform/windows/console.h"

int wmain(int argc, wchar_t** argv) {
  // Before anything else has the system load a library.
  ::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
  certconnector::platform::Arguments arguments(argc, argv);
  const certconnector::platform::Utf8Console console;
  certconnector::core::NoCrashPoints crash_points;
  return certconnector::run_program(arguments.count(), arguments.argv(), crash_points);
}
