#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "agent/platform/files.h"
#include "agent/platform/posix/file_descriptor.h"
#include "common/result/result.h"

namespace certconnector::platform {

// A file without its name yet; removed on destruction, unless it got one.
class TemporaryFile {
 public:
  // Named `stem` and six letters more.
  static Result<TemporaryFile> create(const std::string& stem);
  TemporaryFile(TemporaryFile&& other) noexcept
      : fd_(std::move(other.fd_)), name_(std::exchange(other.name_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  // Without any name: what it holds ends with the descriptor.
  [[nodiscard]] FileDescriptor release();
  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] Status append(std::string_view contents) const;
  // Sets the mode and makes the contents durable.
  [[nodiscard]] Status complete(FileMode mode) const;
  Status rename_to(const std::string& path);
  // Errors: exists.
  [[nodiscard]] Status link_to(const std::string& path) const;

 private:
  TemporaryFile(FileDescriptor fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  FileDescriptor fd_;
  std::string name_;
};

// `path` is for the error.
[[nodiscard]] Status write_all(const FileDescriptor& fd, std::string_view contents,
                               const std::string& path);
// A regular file; waits for nothing.
[[nodiscard]] Result<FileDescriptor> open_for_reading(const std::string& path);

}  // namespace certconnector::platform
