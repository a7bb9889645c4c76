#include "agent/platform/windows/command_line.h"

#include <algorithm>

#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

// A backslash counts only before a quotation mark: there each one is written twice.
std::wstring quoted(std::wstring_view argument) {
  // cmd.exe takes a quoted word for no command that it has inside.
  if (!argument.empty() && argument.find_first_of(L" \t\"") == std::wstring_view::npos) {
    return std::wstring(argument);
  }
  std::wstring out = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t c : argument) {
    if (c == L'"') out.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    out += c;
  }
  out.append(backslashes, L'\\');
  return out + L'"';
}

}  // namespace

std::wstring command_line(const std::string& program, const std::vector<std::string>& arguments) {
  // The program's own name knows no backslashes that count.
  std::wstring line = L'"' + wide(program) + L'"';
  for (const std::string& argument : arguments) line += L' ' + quoted(wide(argument));
  return line;
}

std::wstring environment_block(std::vector<std::string> environment) {
  std::sort(environment.begin(), environment.end());
  std::wstring block;
  for (const std::string& variable : environment) block += wide(variable) + L'\0';
  // An empty block has two ends as well.
  if (block.empty()) block += L'\0';
  return block + L'\0';
}

}  // namespace certconnector::platform
