#include "agent/platform/files.h"

#include <windows.h>

#include <optional>

#include "agent/platform/errors.h"
#include "agent/platform/open_file.h"
#include "agent/platform/paths.h"
#include "agent/platform/secret_check.h"
#include "agent/platform/windows/access.h"
#include "agent/platform/windows/folder.h"
#include "agent/platform/windows/handle.h"
#include "agent/platform/windows/replace.h"
#include "agent/platform/windows/sharing.h"
#include "agent/platform/windows/system_error.h"
#include "agent/platform/windows/wide.h"

namespace certconnector::platform {
namespace {

bool is_missing(DWORD error) {
  return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ||
         error == ERROR_INVALID_NAME;
}

// Of a file or a folder, without reading it.
Handle open_for(DWORD access, const std::string& path) {
  return Handle(::CreateFileW(system_path(path).c_str(), access, kShareAll, nullptr, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

std::optional<WIN32_FILE_ATTRIBUTE_DATA> attributes_of(const std::string& path) {
  WIN32_FILE_ATTRIBUTE_DATA data{};
  if (::GetFileAttributesExW(system_path(path).c_str(), GetFileExInfoStandard, &data) == 0)
    return std::nullopt;
  return data;
}

bool is_folder(const WIN32_FILE_ATTRIBUTE_DATA& data) {
  return (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

// A folder that nobody else may use. Answers an error of the system.
Result<DWORD> make_one(const std::string& path) {
  CC_TRY_ASSIGN(const SecurityDescriptor closed, descriptor_for_folder());
  SECURITY_ATTRIBUTES attributes{sizeof(attributes), closed.get(), FALSE};
  return ::CreateDirectoryW(system_path(path).c_str(), &attributes) != 0 ? DWORD{ERROR_SUCCESS}
                                                                         : ::GetLastError();
}

}  // namespace

// NTFS writes the changes of a folder into its journal, in their order; there is nothing to flush.
Status sync_folder(const std::string& path) {
  if (attributes_of(path)) return {};
  return system_error(::GetLastError(), "open the folder " + path);
}

Result<std::uint64_t> file_size(const std::string& path) {
  const auto data = attributes_of(path);
  if (!data) return system_error(::GetLastError(), "look at " + path);
  return (std::uint64_t{data->nFileSizeHigh} << 32U) | data->nFileSizeLow;
}

Status check_secret(const OpenFile& file) {
  CC_TRY(check_access(native_handle(file), Denied::reading_and_writing, file.path()));
  return check_folders_above(file.path());
}

Status check_only_owner_writes(const std::string& path) {
  const Handle opened = open_for(READ_CONTROL, path);
  if (!opened.valid()) return system_error(::GetLastError(), "look at " + path);
  CC_TRY(check_access(opened.get(), Denied::writing, path));
  return check_folders_above(path);
}

Status check_own_folder(const std::string& path) {
  CC_TRY(check_makes_files(path));
  return check_only_owner_writes(path);
}

bool file_exists(const std::string& path) {
  return attributes_of(path).has_value() || !is_missing(::GetLastError());
}

Status make_folder(const std::string& path) {
  if (const auto there = attributes_of(path)) {
    if (is_folder(*there)) return {};
    return Error(PlatformErrc::exists, ErrorKind::permanent,
                 path + " is there and is not a folder");
  }
  const std::string above = parent_path(path);
  if (above != path && above != ".") CC_TRY(make_folder(above));
  CC_TRY_ASSIGN(const DWORD failed, make_one(path));
  if (failed != ERROR_SUCCESS && failed != ERROR_ALREADY_EXISTS)
    return system_error(failed, "create the folder " + path);
  return {};
}

Status make_new_folder(const std::string& path) {
  CC_TRY_ASSIGN(const DWORD failed, make_one(path));
  if (failed == ERROR_SUCCESS) return {};
  Error error = system_error(failed, "make the folder " + path);
  if (failed != ERROR_WRITE_PROTECT && failed != ERROR_ACCESS_DENIED) return error;
  return Error(PlatformErrc::not_writable, error.kind(), error.message());
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  std::vector<std::string> names;
  const DWORD failed = each_entry(system_path(path), [&](const WIN32_FIND_DATAW& entry) {
    names.push_back(narrow(entry.cFileName));
    return DWORD{ERROR_SUCCESS};
  });
  if (failed == ERROR_SUCCESS || is_missing(failed)) return names;
  return system_error(failed, "read the folder " + path);
}

Status set_mode(const std::string& path, FileMode mode) {
  const Handle opened = open_for(READ_CONTROL | WRITE_DAC, path);
  if (!opened.valid()) return system_error(::GetLastError(), "set who may use " + path);
  return set_access(opened.get(), audience_of(mode), path);
}

Status remove_file(const std::string& path) {
  if (::DeleteFileW(system_path(path).c_str()) != 0 || is_missing(::GetLastError())) return {};
  return system_error(::GetLastError(), "remove " + path);
}

Status remove_folder(const std::string& path) {
  const DWORD failed = remove_tree(system_path(path));
  if (failed == ERROR_SUCCESS || is_missing(failed)) return {};
  return system_error(failed, "remove " + path);
}

Status rename_in_folder(const std::string& from, const std::string& to) {
  const DWORD failed = rename(system_path(from), system_path(to));
  if (failed != ERROR_SUCCESS) return system_error(failed, "rename " + from + " to " + to);
  return {};
}

Result<std::uint64_t> free_room(const std::string& path) {
  const auto data = attributes_of(path);
  if (!data) return system_error(::GetLastError(), "look at " + path);
  ULARGE_INTEGER room{};
  if (::GetDiskFreeSpaceExW(system_path(is_folder(*data) ? path : parent_path(path)).c_str(), &room,
                            nullptr, nullptr) == 0) {
    return system_error(::GetLastError(), "look at " + path);
  }
  return std::uint64_t{room.QuadPart};
}

Status check_appendable(const std::string& path) {
  if (const auto there = attributes_of(path)) {
    if (is_folder(*there))
      return system_error(ERROR_ACCESS_DENIED, "write " + path + ", which is a folder");
    if (!open_for(FILE_APPEND_DATA, path).valid())
      return system_error(::GetLastError(), "write " + path);
    return {};
  }
  if (!is_missing(::GetLastError())) return system_error(::GetLastError(), "look at " + path);
  return check_makes_files(parent_path(path));
}

Status check_makes_files(const std::string& folder) {
  if (open_for(FILE_ADD_FILE, folder).valid()) return {};
  return system_error(::GetLastError(), "write in " + folder);
}

}  // namespace certconnector::platform
