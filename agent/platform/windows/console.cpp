#include "agent/platform/windows/console.h"

#include <fcntl.h>
#include <io.h>

#include <algorithm>
#include <cstdio>

#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

HANDLE handle_of(Stream stream) {
  return ::GetStdHandle(stream == Stream::input ? STD_INPUT_HANDLE : STD_OUTPUT_HANDLE);
}

}  // namespace

Utf8Console::Utf8Console()
    : output_before_(::GetConsoleOutputCP()), input_before_(::GetConsoleCP()) {
  ::SetConsoleOutputCP(CP_UTF8);
  ::SetConsoleCP(CP_UTF8);
  for (std::FILE* stream : {stdout, stderr}) ::_setmode(::_fileno(stream), _O_BINARY);
  // A person's lines end as the console ends them.
  if (!is_console(Stream::input)) ::_setmode(::_fileno(stdin), _O_BINARY);
}

Utf8Console::~Utf8Console() {
  if (output_before_ != 0) ::SetConsoleOutputCP(output_before_);
  if (input_before_ != 0) ::SetConsoleCP(input_before_);
}

bool is_console(Stream stream) {
  DWORD mode = 0;
  return ::GetConsoleMode(handle_of(stream), &mode) != 0;
}

bool make_steerable() {
  DWORD mode = 0;
  const HANDLE output = handle_of(Stream::output);
  return ::GetConsoleMode(output, &mode) != 0 &&
         ::SetConsoleMode(output, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

std::size_t console_width() {
  CONSOLE_SCREEN_BUFFER_INFO info{};
  if (::GetConsoleScreenBufferInfo(handle_of(Stream::output), &info) == 0) return 0;
  const int columns = info.srWindow.Right - info.srWindow.Left + 1;
  return columns > 0 ? static_cast<std::size_t>(columns) : 0;
}

Arguments::Arguments(int count, wchar_t** words) {
  for (int i = 0; i < count; ++i) texts_.push_back(narrow(words[i]));
  for (std::string& text : texts_) pointers_.push_back(text.data());
  pointers_.push_back(nullptr);
}

std::string environment_variable(const wchar_t* name) {
  const DWORD size = ::GetEnvironmentVariableW(name, nullptr, 0);
  if (size == 0) return {};
  std::wstring value(size, L'\0');
  value.resize(::GetEnvironmentVariableW(name, value.data(), size));
  return narrow(value);
}

std::string own_program() {
  constexpr DWORD kLongest = 32768;
  std::wstring path(kLongest, L'\0');
  const DWORD size = ::GetModuleFileNameW(nullptr, path.data(), kLongest);
  if (size == 0 || size == kLongest) return {};
  path.resize(size);
  std::replace(path.begin(), path.end(), L'\\', L'/');
  return narrow(path);
}

}  // namespace certconnector::platform
