#include "agent/store/sqlite/database_file.h"

#include <windows.h>

#include "agent/platform/paths.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/replace.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"
#include "agent/store/sqlite/errors.h"

namespace certconnector::store {
namespace {

using platform::Handle;
using platform::system_path;

Error system_error(const std::string& doing, const std::string& path, DWORD number) {
  const std::string words = doing + " " + path + ": " + platform::system_message(number);
  switch (number) {
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case platform::kDiskQuotaExceeded:
      return {StoreErrc::disk_full, ErrorKind::transient, words};
    case ERROR_WRITE_PROTECT:
    case ERROR_ACCESS_DENIED:
      return {StoreErrc::read_only, ErrorKind::transient, words};
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return {StoreErrc::exists, ErrorKind::permanent, words + ". Choose a name that is free"};
    default:
      return {StoreErrc::io_failure, ErrorKind::transient, words};
  }
}

Handle open_for(DWORD access, const std::string& path) {
  return Handle(::CreateFileW(system_path(path).c_str(), access, platform::kShareAll, nullptr,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

// Its contents are on the disk, and the file may get another name.
Result<Handle> written_out(const std::string& path) {
  Handle file = open_for(GENERIC_READ | GENERIC_WRITE | DELETE, path);
  if (!file.valid()) return system_error("opening", path, ::GetLastError());
  if (::FlushFileBuffers(file.get()) == 0)
    return system_error("writing to disk", path, ::GetLastError());
  return file;
}

Result<BY_HANDLE_FILE_INFORMATION> look_at(const std::string& path) {
  const Handle file = open_for(FILE_READ_ATTRIBUTES, path);
  BY_HANDLE_FILE_INFORMATION info{};
  if (!file.valid() || ::GetFileInformationByHandle(file.get(), &info) == 0)
    return system_error("looking for", path, ::GetLastError());
  return info;
}

std::uint64_t joined(DWORD high, DWORD low) { return (std::uint64_t{high} << 32U) | low; }

}  // namespace

Result<FilePresence> file_presence(const std::string& path) {
  WIN32_FILE_ATTRIBUTE_DATA data{};
  if (::GetFileAttributesExW(system_path(path).c_str(), GetFileExInfoStandard, &data) == 0) {
    const DWORD error = ::GetLastError();
    if (error == ERROR_FILE_NOT_FOUND) return FilePresence::missing;
    return system_error("looking for", path, error);
  }
  return joined(data.nFileSizeHigh, data.nFileSizeLow) == 0 ? FilePresence::empty
                                                            : FilePresence::present;
}

Status create_private_file(const std::string& path) {
  CC_TRY_ASSIGN(const auto closed, platform::descriptor_for_file(platform::Audience::nobody));
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), closed.get(), FALSE};
  const Handle file(::CreateFileW(system_path(path).c_str(), GENERIC_READ | GENERIC_WRITE,
                                  platform::kShareAll, &attributes, CREATE_NEW,
                                  FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) return system_error("creating", path, ::GetLastError());
  return {};
}

Status publish_file(const std::string& from, const std::string& to) {
  CC_TRY(written_out(from));
  const DWORD failed = platform::rename(system_path(from), system_path(to));
  if (failed != ERROR_SUCCESS) return system_error("creating", to, failed);
  return {};
}

Result<FileId> file_id(const std::string& path) {
  CC_TRY_ASSIGN(const auto info, look_at(path));
  return FileId{info.dwVolumeSerialNumber, joined(info.nFileIndexHigh, info.nFileIndexLow)};
}

Result<std::uint64_t> file_size(const std::string& path) {
  CC_TRY_ASSIGN(const auto info, look_at(path));
  return joined(info.nFileSizeHigh, info.nFileSizeLow);
}

Result<std::uint64_t> free_room(const std::string& path) {
  const std::string folder = platform::parent_path(path);
  ULARGE_INTEGER room{};
  if (::GetDiskFreeSpaceExW(system_path(folder).c_str(), &room, nullptr, nullptr) == 0) {
    return system_error("looking at", folder, ::GetLastError());
  }
  return std::uint64_t{room.QuadPart};
}

Status replace_file(const std::string& from, const std::string& to) {
  CC_TRY_ASSIGN(const Handle file, written_out(from));
  const DWORD failed = platform::replace(file.get(), system_path(from), system_path(to));
  if (failed != ERROR_SUCCESS) return system_error("replacing", to, failed);
  return {};
}

Status name_file(const std::string& path, const std::string& other) {
  remove_file(other);
  if (::CreateHardLinkW(system_path(other).c_str(), system_path(path).c_str(), nullptr) == 0) {
    return system_error("naming", other, ::GetLastError());
  }
  return {};
}

void remove_file(const std::string& path) { ::DeleteFileW(system_path(path).c_str()); }

}  // namespace certconnector::store
