#include "agent/cli/daemon_program.h"

#include <windows.h>

#include "agent/platform/paths.h"
#include "agent/platform/windows/command_line.h"
#include "agent/platform/windows/console.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/system_message.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::cli {

namespace {

constexpr const char* kProgram = "certconnectord.exe";

// The installer puts both programs into one folder. Never from PATH or the current folder, where
// others may have put one.
std::string program_beside() {
  return platform::join_path(platform::parent_path(platform::own_program()), kProgram);
}

// Ctrl-C is the other program's, which ends by it.
BOOL WINAPI leave_to_the_other(DWORD event) {
  return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT ? TRUE : FALSE;
}

Error not_started(DWORD code) {
  return {DaemonErrc::not_started, ErrorKind::permanent,
          std::string("cannot start ") + kProgram + ": " + platform::system_message(code)};
}

}  // namespace

// Windows replaces no process: this one waits.
Error become_daemon(const std::vector<std::string>& arguments) {
  const std::string program = program_beside();
  std::wstring words = platform::command_line(program, arguments);
  ::SetConsoleCtrlHandler(leave_to_the_other, TRUE);
  STARTUPINFOW start_up{};
  start_up.cb = sizeof(start_up);
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(platform::wide(program).c_str(), words.data(), nullptr, nullptr, TRUE, 0,
                       nullptr, nullptr, &start_up, &made) == 0) {
    return not_started(::GetLastError());
  }
  const platform::Handle process(made.hProcess);
  const platform::Handle thread(made.hThread);
  DWORD code = 1;
  ::WaitForSingleObject(process.get(), INFINITE);
  ::GetExitCodeProcess(process.get(), &code);
  ::ExitProcess(code);
}

}  // namespace certconnector::cli
