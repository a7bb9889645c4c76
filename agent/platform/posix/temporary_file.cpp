#include "agent/platform/posix/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/denied.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {

Status write_all(const FileDescriptor& fd, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = ::write(fd.get(), contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(errno, "write " + path);
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<TemporaryFile> TemporaryFile::create(const std::string& stem) {
  std::string name = stem + "XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return system_error(errno, "create a file in " + parent_path(stem));
  return TemporaryFile(FileDescriptor(fd), std::move(name));
}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
}

FileDescriptor TemporaryFile::release() {
  ::unlink(name_.c_str());
  name_.clear();
  return std::move(fd_);
}

Status TemporaryFile::append(std::string_view contents) const {
  return write_all(fd_, contents, name_);
}

Status TemporaryFile::complete(FileMode mode) const {
  if (::fchmod(fd_.get(), static_cast<mode_t>(mode)) != 0) {
    return system_error(errno, "set the mode of " + name_);
  }
  if (::fsync(fd_.get()) != 0) return system_error(errno, "write " + name_ + " to disk");
  return {};
}

Status TemporaryFile::rename_to(const std::string& path) {
  if (::rename(name_.c_str(), path.c_str()) != 0) return system_error(errno, "replace " + path);
  name_.clear();
  return {};
}

Status TemporaryFile::link_to(const std::string& path) const {
  if (::link(name_.c_str(), path.c_str()) == 0) return {};
  if (errno == EEXIST) {
    return Error(PlatformErrc::exists, ErrorKind::permanent,
                 path + " is there already and is not replaced; move it away first");
  }
  return system_error(errno, "create " + path);
}

namespace {

Error cannot_read(const std::string& path, int error_number) {
  Error error = system_error(error_number, "read " + path);
  if (error.code() != error_code(PlatformErrc::not_permitted)) return error;
  return {PlatformErrc::not_permitted, error.kind(),
          error.message() + why_denied(path, ::geteuid())};
}

}  // namespace

Result<FileDescriptor> open_for_reading(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not hang; what is not a regular file is refused below.
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return cannot_read(path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error(errno, "read " + path);
  if (!S_ISREG(info.st_mode)) {
    return Error(PlatformErrc::malformed, ErrorKind::permanent, path + " is not a regular file");
  }
  return fd;
}

}  // namespace certconnector::platform
