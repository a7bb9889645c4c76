// For the files of this folder: a file that is complete before anybody sees its name.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "agent/platform/files.h"
#include "agent/platform/open_file.h"
#include "common/result/result.h"

namespace certconnector::platform {

// A file without its name yet; removed on destruction, unless it got one.
class TemporaryFile {
 public:
  // Named `stem` and kRandomLetters more. Nobody but the owner may use it.
  static constexpr std::size_t kRandomLetters = 6;
  static Result<TemporaryFile> create(const std::string& stem);
  TemporaryFile(TemporaryFile&& other) noexcept
      : file_(std::move(other.file_)), name_(std::exchange(other.name_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  // Without any name for others to open: what it holds ends with the open file.
  [[nodiscard]] OpenFile release();
  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] Status append(std::string_view contents) const { return file_.append(contents); }
  // Sets the mode and makes the contents durable.
  [[nodiscard]] Status complete(FileMode mode) const;
  // Replaces what is there; a reader that has it open goes on with it.
  Status rename_to(const std::string& path);
  // Errors: exists.
  [[nodiscard]] Status link_to(const std::string& path);

 private:
  TemporaryFile(OpenFile file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  OpenFile file_;
  std::string name_;
};

}  // namespace certconnector::platform
