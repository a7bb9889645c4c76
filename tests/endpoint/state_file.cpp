#include "tests/endpoint/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/endpoint/errors.h"

namespace certconnector::endpoint {
namespace {

constexpr std::uintmax_t kMaxFile = std::uintmax_t{16} * 1024 * 1024;

Error file_error(const std::string& doing, const std::string& path) {
  return {EndpointErrc::storage, ErrorKind::transient,
          doing + " " + path + ": " + std::strerror(errno)};
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

}  // namespace

Status write_file(const std::string& path, std::string_view content, FileMode mode) {
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  const mode_t bits = mode == FileMode::secret ? 0600 : 0644;
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, bits);
  if (fd < 0) return file_error("creating", beside);
  const bool written = write_all(fd, content);
  ::close(fd);
  if (!written) return file_error("writing", beside);
  if (std::rename(beside.c_str(), path.c_str()) != 0) return file_error("moving into place", path);
  return {};
}

Result<std::optional<std::string>> read_file(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return std::optional<std::string>();
  if (std::filesystem::file_size(path, failed) > kMaxFile || failed) {
    return Error(EndpointErrc::storage, ErrorKind::permanent,
                 path + " is not a regular file of at most 16 MiB");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return file_error("opening", path);
  return std::optional<std::string>(
      std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()));
}

Status make_state_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return file_error("creating", path);
}

}  // namespace certconnector::endpoint
