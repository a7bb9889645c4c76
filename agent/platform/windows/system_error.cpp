#include "agent/platform/windows/system_error.h"

#include <windows.h>

#include <array>

#include "agent/platform/errors.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

constexpr DWORD kFlags =
    FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;

std::wstring message_in(DWORD number, DWORD language) {
  std::array<wchar_t, 512> text{};
  const DWORD size = ::FormatMessageW(kFlags, nullptr, number, language, text.data(),
                                      static_cast<DWORD>(text.size()), nullptr);
  return {text.data(), size};
}

}  // namespace

std::string system_message(SystemErrorNumber number) {
  std::wstring text = message_in(number, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US));
  if (text.empty()) text = message_in(number, 0);
  while (!text.empty() && (text.back() == L' ' || text.back() == L'.')) text.pop_back();
  const std::string code = std::to_string(number);
  return text.empty() ? "Windows error " + code : narrow(text) + " (" + code + ")";
}

Error system_error(SystemErrorNumber number, const std::string& doing) {
  const std::string message = "cannot " + doing + ": " + system_message(number);
  switch (number) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_NETPATH:
      return {PlatformErrc::not_found, ErrorKind::permanent, message};
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
      return {PlatformErrc::not_permitted, ErrorKind::permanent, message};
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return {PlatformErrc::exists, ErrorKind::permanent, message};
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_FULL:
    case kDiskQuotaExceeded:
    case ERROR_WRITE_PROTECT:
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
      return {PlatformErrc::input_output, ErrorKind::transient, message};
    default:
      return {PlatformErrc::input_output, ErrorKind::permanent, message};
  }
}

}  // namespace certconnector::platform
