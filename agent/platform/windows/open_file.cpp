#include "agent/platform/open_file.h"

#include <windows.h>

#include <algorithm>

#include "agent/platform/errors.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

constexpr std::size_t kLongestCall = 1UL << 30U;

Error not_a_file(const std::string& path) {
  return {PlatformErrc::malformed, ErrorKind::permanent, path + " is not a regular file"};
}

bool names_folder(const std::wstring& path) {
  const DWORD attributes = ::GetFileAttributesW(path.c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

OVERLAPPED at(std::uint64_t offset) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(offset & 0xFFFFFFFFU);
  place.OffsetHigh = static_cast<DWORD>(offset >> 32U);
  return place;
}

DWORD step(std::size_t size) { return static_cast<DWORD>(std::min(size, kLongestCall)); }

}  // namespace

Result<OpenFile> OpenFile::for_reading(const std::string& path, Contents) {
  const std::wstring name = system_path(path);
  if (names_folder(name)) return not_a_file(path);
  Handle opened;
  const DWORD failed = until_free([&] {
    opened = Handle(::CreateFileW(name.c_str(), GENERIC_READ, kShareAll, nullptr, OPEN_EXISTING,
                                  FILE_ATTRIBUTE_NORMAL, nullptr));
    return opened.valid() ? ERROR_SUCCESS : ::GetLastError();
  });
  if (failed != ERROR_SUCCESS) return system_error(failed, "read " + path);
  if (::GetFileType(opened.get()) != FILE_TYPE_DISK) return not_a_file(path);
  return OpenFile(reinterpret_cast<std::intptr_t>(opened.release()), path);
}

void OpenFile::close() {
  if (native_ != kNone) ::CloseHandle(native_handle(*this));
  native_ = kNone;
}

Status OpenFile::append(std::string_view contents) const {
  while (!contents.empty()) {
    OVERLAPPED end = at(~std::uint64_t{0});  // wherever read_at() was
    DWORD written = 0;
    if (::WriteFile(native_handle(*this), contents.data(), step(contents.size()), &written, &end) ==
        0) {
      return system_error(::GetLastError(), "write " + path_);
    }
    contents.remove_prefix(written);
  }
  return {};
}

Result<std::size_t> OpenFile::read(char* buffer, std::size_t size) const {
  DWORD count = 0;
  if (::ReadFile(native_handle(*this), buffer, step(size), &count, nullptr) == 0) {
    return system_error(::GetLastError(), "read " + path_);
  }
  return std::size_t{count};
}

Status OpenFile::read_at(std::uint64_t offset, Bytes& piece) const {
  std::size_t done = 0;
  while (done < piece.size()) {
    OVERLAPPED place = at(offset + done);
    DWORD count = 0;
    const bool good = ::ReadFile(native_handle(*this), piece.data() + done,
                                 step(piece.size() - done), &count, &place) != 0;
    if (!good || count == 0)
      return system_error(good ? ERROR_HANDLE_EOF : ::GetLastError(), "read " + path_);
    done += count;
  }
  return {};
}

Result<std::uint64_t> OpenFile::size() const {
  LARGE_INTEGER size{};
  if (::GetFileSizeEx(native_handle(*this), &size) == 0)
    return system_error(::GetLastError(), "look at " + path_);
  return static_cast<std::uint64_t>(size.QuadPart);
}

}  // namespace certconnector::platform
