#include "agent/control/windows/pipe_name.h"

#include <algorithm>
#include <string_view>

#include "agent/control/transport_errors.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::control {

namespace {

constexpr std::wstring_view kFolder = L"\\\\.\\pipe\\";
constexpr std::size_t kLongest = 256;

bool is_control(wchar_t c) { return c < L' '; }

}  // namespace

Result<std::wstring> pipe_name(const std::string& path) {
  std::wstring name = platform::wide(path);
  std::replace(name.begin(), name.end(), L'/', L'\\');
  const bool here = name.size() > kFolder.size() && name.size() <= kLongest &&
                    _wcsnicmp(name.c_str(), kFolder.data(), kFolder.size()) == 0;
  if (!here || name.find(L'\\', kFolder.size()) != std::wstring::npos ||
      std::any_of(name.begin(), name.end(), is_control)) {
    return Error(TransportErrc::bad_path, ErrorKind::permanent,
                 "'" + path +
                     "' is not the name of a pipe of this machine: //./pipe/NAME, with at "
                     "most " +
                     std::to_string(kLongest) + " characters");
  }
  return name;
}

}  // namespace certconnector::control
