#include "agent/platform/windows/system_message.h"

#include <windows.h>

#include <array>

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

}  // namespace certconnector::platform
