#include "tests/support/program.h"

#include <windows.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "agent/platform/process.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::testing {
namespace {

std::string found_in_path(const std::string& program) {
  std::array<wchar_t, 1024> path{};
  const DWORD size = ::SearchPathW(nullptr, platform::wide(program).c_str(), L".exe",
                                   static_cast<DWORD>(path.size()), path.data(), nullptr);
  return size == 0 || size > path.size() ? program : platform::narrow({path.data(), size});
}

std::vector<std::string> own_environment() {
  std::vector<std::string> variables;
  wchar_t* const block = ::GetEnvironmentStringsW();
  for (const wchar_t* at = block; *at != L'\0';
       at += variables.back().empty() ? 1 : ::wcslen(at) + 1) {
    variables.push_back(platform::narrow(at));
  }
  ::FreeEnvironmentStringsW(block);
  return variables;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments) {
  platform::ProgramCall call;
  call.path = found_in_path(arguments.front());
  call.arguments.assign(arguments.begin() + 1, arguments.end());
  call.environment = own_environment();
  const auto outcome = platform::run_program(call, StopToken());
  if (!outcome.ok() || outcome->end != platform::ProgramEnd::exited) return {};
  ProgramResult result{outcome->code, outcome->output + outcome->errors};
  // As programs of POSIX end their lines.
  result.output.erase(std::remove(result.output.begin(), result.output.end(), '\r'),
                      result.output.end());
  return result;
}

}  // namespace certconnector::testing
