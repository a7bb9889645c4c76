#include "agent/platform/temporary_file.h"

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

Result<TemporaryFile> TemporaryFile::create(const std::string& stem) {
  std::string name = stem + std::string(kRandomLetters, 'X');
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    const int failed = errno;
    const std::string folder = parent_path(stem);
    if (auto other = obstacle(folder, Wanted::folder)) return *std::move(other);
    return with_why_denied(system_error(failed, "create a file in " + folder), folder,
                           Access::write);
  }
  return TemporaryFile(OpenFile(fd, name), name);
}

TemporaryFile::~TemporaryFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
}

OpenFile TemporaryFile::release() {
  ::unlink(name_.c_str());
  name_.clear();
  return std::move(file_);
}

Status TemporaryFile::complete(FileMode mode) const {
  const int fd = static_cast<int>(file_.native());
  if (::fchmod(fd, static_cast<mode_t>(mode)) != 0) {
    return system_error(errno, "set the mode of " + name_);
  }
  if (::fsync(fd) != 0) return system_error(errno, "write " + name_ + " to disk");
  return {};
}

Status TemporaryFile::rename_to(const std::string& path) {
  if (::rename(name_.c_str(), path.c_str()) != 0) return system_error(errno, "replace " + path);
  name_.clear();
  return {};
}

Status TemporaryFile::link_to(const std::string& path) {
  if (::link(name_.c_str(), path.c_str()) == 0) return {};
  if (errno == EEXIST) {
    return Error(PlatformErrc::exists, ErrorKind::permanent,
                 path + " is there already and is not replaced; move it away first");
  }
  return system_error(errno, "create " + path);
}

}  // namespace certconnector::platform
