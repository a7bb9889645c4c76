#include "agent/platform/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/platform/errors.h"
#include "agent/platform/posix/denied.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

int descriptor(const OpenFile& file) { return static_cast<int>(file.native()); }

}  // namespace

Result<OpenFile> OpenFile::for_reading(const std::string& path, Contents contents) {
  const Access access = contents == Contents::shared ? Access::read_shared : Access::read;
  // O_NONBLOCK: opening a FIFO must not hang; what is not a regular file is refused below.
  OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), path);
  if (file.native() < 0) return cannot_use(errno, path, access);
  struct stat info {};
  if (::fstat(descriptor(file), &info) != 0) return system_error(errno, "read " + path);
  if (!S_ISREG(info.st_mode)) {
    if (auto other = obstacle(path, Wanted::file)) return *std::move(other);
    return Error(PlatformErrc::malformed, ErrorKind::permanent, path + " is not a regular file");
  }
  return file;
}

void OpenFile::close() {
  if (native_ >= 0) ::close(descriptor(*this));
  native_ = kNone;
}

Status OpenFile::append(std::string_view contents) const {
  while (!contents.empty()) {
    const ssize_t written = ::write(descriptor(*this), contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(errno, "write " + path_);
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> OpenFile::read(char* buffer, std::size_t size) const {
  while (true) {
    const ssize_t count = ::read(descriptor(*this), buffer, size);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return system_error(errno, "read " + path_);
  }
}

Status OpenFile::read_at(std::uint64_t offset, Bytes& piece) const {
  std::size_t done = 0;
  while (done < piece.size()) {
    const ssize_t count = ::pread(descriptor(*this), piece.data() + done, piece.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error(count < 0 ? errno : ENODATA, "read " + path_);
    done += static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::uint64_t> OpenFile::size() const {
  struct stat info {};
  if (::fstat(descriptor(*this), &info) != 0) return system_error(errno, "look at " + path_);
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace certconnector::platform
