#include "agent/store/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "agent/store/sqlite/errors.h"

namespace certconnector::store {
namespace {

Error system_error(const std::string& doing, const std::string& path, int number) {
  const std::string words =
      doing + " " + path + ": " + std::error_code(number, std::generic_category()).message();
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return {StoreErrc::disk_full, ErrorKind::transient, words};
    case EROFS:
    case EACCES:
    case EPERM:
      return {StoreErrc::read_only, ErrorKind::transient, words};
    case EEXIST:
      return {StoreErrc::exists, ErrorKind::permanent, words + ". Choose a name that is free"};
    default:
      return {StoreErrc::io_failure, ErrorKind::transient, words};
  }
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Status sync_path(const std::string& path, int flags) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));  // NOLINT(*-vararg)
  if (file.get() < 0) return system_error("opening", path, errno);
  if (::fsync(file.get()) != 0) return system_error("writing to disk", path, errno);
  return {};
}

}  // namespace

Result<FilePresence> file_presence(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return FilePresence::missing;
    return system_error("looking for", path, errno);
  }
  return status.st_size == 0 ? FilePresence::empty : FilePresence::present;
}

Status create_private_file(const std::string& path) {
  const Descriptor file(
      ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));  // NOLINT(*-vararg)
  if (file.get() < 0) return system_error("creating", path, errno);
  return {};
}

Status publish_file(const std::string& from, const std::string& to) {
  CC_TRY(sync_path(from, O_RDWR));
  // link() and not rename(): it refuses to replace what is there.
  if (::link(from.c_str(), to.c_str()) != 0) return system_error("creating", to, errno);
  ::unlink(from.c_str());
  return sync_path(folder_of(to), O_RDONLY | O_DIRECTORY);
}

Result<FileId> file_id(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error("looking for", path, errno);
  return FileId{status.st_dev, status.st_ino};
}

Result<std::uint64_t> file_size(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error("looking for", path, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::uint64_t> free_room(const std::string& path) {
  struct statvfs status {};
  const std::string folder = folder_of(path);
  if (::statvfs(folder.c_str(), &status) != 0) return system_error("looking at", folder, errno);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Status replace_file(const std::string& from, const std::string& to) {
  CC_TRY(sync_path(from, O_RDWR));
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error("replacing", to, errno);
  return sync_path(folder_of(to), O_RDONLY | O_DIRECTORY);
}

Status name_file(const std::string& path, const std::string& other) {
  ::unlink(other.c_str());
  if (::link(path.c_str(), other.c_str()) != 0) return system_error("naming", other, errno);
  return {};
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace certconnector::store
