#include "agent/platform/windows/wide.h"

#include <windows.h>

#include <utility>

namespace certconnector::platform {
namespace {

constexpr std::wstring_view kLong = L"\\\\?\\";
constexpr std::wstring_view kLongShare = L"\\\\?\\UNC\\";

std::wstring made_full(const std::wstring& path) {
  std::wstring full(MAX_PATH, L'\0');
  DWORD size =
      ::GetFullPathNameW(path.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
  if (size > full.size()) {
    full.resize(size);
    size = ::GetFullPathNameW(path.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
  }
  if (size == 0 || size > full.size()) return path;
  full.resize(size);
  return full;
}

}  // namespace

std::wstring wide(std::string_view utf8) {
  if (utf8.empty()) return {};
  const int size = static_cast<int>(utf8.size());
  const int needed = ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, nullptr, 0);
  std::wstring text(static_cast<std::size_t>(needed), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, text.data(), needed);
  return text;
}

std::string narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  const int needed =
      ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string utf8(static_cast<std::size_t>(needed), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, utf8.data(), needed, nullptr, nullptr);
  return utf8;
}

std::string full_path(const std::string& path) {
  std::wstring full = made_full(wide(path));
  for (const auto& [begin, stands_for] : {std::pair(kLongShare, L"\\\\"), std::pair(kLong, L"")}) {
    if (full.compare(0, begin.size(), begin) == 0) full.replace(0, begin.size(), stands_for);
  }
  return narrow(full);
}

std::wstring system_path(const std::string& path) {
  std::wstring full = made_full(wide(path));
  if (full.compare(0, kLong.size(), kLong) == 0) return full;
  // "\\server\share", but not the devices of "\\.\".
  if (full.size() > 2 && full[0] == L'\\' && full[1] == L'\\') {
    return full[2] == L'.' ? full : std::wstring(kLongShare) + full.substr(2);
  }
  return std::wstring(kLong) + full;
}

}  // namespace certconnector::platform
