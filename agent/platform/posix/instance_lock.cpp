#include "agent/platform/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/denied.h"
#include "agent/platform/posix/file_descriptor.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

class FileLock final : public InstanceLock {
 public:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}

 private:
  FileDescriptor fd_;
};

std::string holder_of(const FileDescriptor& fd) {
  std::array<char, 32> buffer{};
  const ssize_t count = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
  if (count <= 0) return "unknown";
  const std::string text(buffer.data(), static_cast<std::size_t>(count));
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<std::unique_ptr<InstanceLock>> InstanceLock::take(const std::string& folder) {
  CC_TRY(check_own_folder(folder));
  const std::string path = file_of(folder);
  CC_TRY(check_appendable(path));
  FileDescriptor fd(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, S_IRUSR | S_IWUSR));
  if (!fd.valid()) return cannot_use(errno, path, Access::write);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(errno, "lock " + path);
    return Error(PlatformErrc::busy, ErrorKind::transient,
                 "another agent (process " + holder_of(fd) + ") works on " + folder +
                     "; stop it first, or give this agent another [agent] state_dir");
  }
  // The message above names the holder; the lock does not depend on it.
  const std::string id = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), id.data(), id.size(), 0) < 0) {
    return system_error(errno, "write " + path);
  }
  return std::unique_ptr<InstanceLock>(std::make_unique<FileLock>(std::move(fd)));
}

std::string InstanceLock::file_of(const std::string& folder) { return join_path(folder, "lock"); }

bool InstanceLock::is_taken_by_another(const std::string& folder) {
  const FileDescriptor fd(::open(file_of(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid() || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return false;
  return errno == EWOULDBLOCK && holder_of(fd) != std::to_string(::getpid());
}

}  // namespace certconnector::platform
