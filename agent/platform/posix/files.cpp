#include "agent/platform/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/open_file.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/denied.h"
#include "agent/platform/posix/file_descriptor.h"
#include "agent/platform/posix/foreign_link.h"
#include "agent/platform/posix/obstacle.h"
#include "agent/platform/posix/owner.h"
#include "agent/platform/posix/system_error.h"
#include "agent/platform/secret_check.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

Status check_mode(const std::string& path, mode_t mode) {
  if ((mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return Error(
      PlatformErrc::too_open, ErrorKind::permanent,
      path + " may be changed by others than its owner; run: chmod go-w " + text::shell_word(path));
}

// Without the sticky bit others may replace each file, and each folder, of a folder that they may
// write.
Status check_folders(std::string path) {
  while (path != "/") {
    path = parent_path(path);
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return system_error(errno, "look at " + path);
    if ((info.st_mode & S_ISVTX) == 0) CC_TRY(check_mode(path, info.st_mode));
  }
  return {};
}

// The folders of its name, and those that links in it lead to.
Status check_above(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path named = fs::absolute(fs::u8path(path), failed);
  const fs::path real = failed ? fs::path() : fs::canonical(named, failed);
  if (failed) return system_error(failed.value(), "look at " + path);
  CC_TRY(check_folders(named.lexically_normal().u8string()));
  return check_folders(real.u8string());
}

}  // namespace

Status sync_folder(const std::string& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return system_error(errno, "open the folder " + path);
  if (::fsync(fd.get()) != 0) return system_error(errno, "write the folder " + path + " to disk");
  return {};
}

Result<std::uint64_t> file_size(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error(errno, "look at " + path);
  return static_cast<std::uint64_t>(info.st_size);
}

Status check_secret(const OpenFile& file) {
  const std::string& path = file.path();
  struct stat info {};
  if (::fstat(static_cast<int>(file.native()), &info) != 0) {
    return system_error(errno, "read " + path);
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(PlatformErrc::too_open, ErrorKind::permanent,
                 path + " holds a secret, and others than its owner may use it; run: chmod 600 " +
                     text::shell_word(path));
  }
  return check_above(path);
}

Status check_only_owner_writes(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error(errno, "look at " + path);
  CC_TRY(check_mode(path, info.st_mode));
  CC_TRY(check_owner(path, info.st_uid, ::geteuid()));
  return check_above(path);
}

bool file_exists(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno != ENOENT) return true;
  if (::lstat(path.c_str(), &info) == 0) return true;  // a link that leads nowhere
  const std::string folder = parent_path(path);
  if (folder == path || folder == ".") return false;
  return ::stat(folder.c_str(), &info) != 0 && file_exists(folder);
}

Status make_folder(const std::string& path) {
  if (auto other = obstacle(path, Wanted::folder)) return *std::move(other);
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      return system_error(errno, "create the folder " + part);
    }
    if (slash == std::string::npos) break;
  }
  return {};
}

Status make_new_folder(const std::string& path) {
  if (::mkdir(path.c_str(), S_IRWXU) == 0) return {};
  const int error_number = errno;
  Error error = system_error(error_number, "make the folder " + path);
  if (error_number != EROFS && error_number != EACCES) return error;
  return Error(PlatformErrc::not_writable, error.kind(), error.message());
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(fs::u8path(path), error), end; !error && at != end;
       at.increment(error)) {
    names.push_back(at->path().filename().u8string());
  }
  if (!error) return names;
  if (error == std::errc::no_such_file_or_directory && !file_exists(path)) return names;
  return cannot_use(error.value(), path, Access::read, Wanted::folder);
}

Status set_mode(const std::string& path, FileMode mode) {
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) == 0) return {};
  return system_error(errno, "set the mode of " + path);
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(errno, "remove " + path);
  return {};
}

Status remove_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(std::filesystem::u8path(path), error);
  return error ? Status(system_error(error.value(), "remove " + path)) : Status();
}

Status rename_in_folder(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    return system_error(errno, "rename " + from + " to " + to);
  }
  return sync_folder(parent_path(to));
}

Result<std::uint64_t> free_room(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return system_error(errno, "look at " + path);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Status check_appendable(const std::string& path) {
  if (::access(path.c_str(), W_OK) == 0) {
    auto other = obstacle(path, Wanted::file);
    return other ? Status(*std::move(other)) : Status();
  }
  if (errno != ENOENT) return cannot_use(errno, path, Access::write);
  // It is made where a link at its end leads.
  const std::string made = follow(path, ::geteuid()).real;
  const Status makes = check_makes_files(parent_path(made));
  if (makes.ok()) return {};
  const bool missing = makes.error().code() == error_code(PlatformErrc::not_found);
  return cannot_use(missing ? ENOENT : EACCES, path, Access::write);
}

Status check_makes_files(const std::string& folder) {
  const int failed = ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  if (auto other = obstacle(folder, Wanted::folder)) return *std::move(other);
  return failed == 0 ? Status() : Status(cannot_use(failed, folder, Access::write, Wanted::folder));
}

Status check_own_folder(const std::string& path) {
  const uid_t self = ::geteuid();
  struct stat info {};
  const bool seen = ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  if (seen && self != 0 && info.st_uid != self) {
    return Error(PlatformErrc::not_permitted, ErrorKind::permanent,
                 path + " belongs to " + name_of_user(info.st_uid) + ", not to " +
                     name_of_user(self) + how_to_give(path, self));
  }
  CC_TRY(check_makes_files(path));
  return check_only_owner_writes(path);
}

}  // namespace certconnector::platform
