// One open file of the system. For the files of this folder: others use files.h and file_streams.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::platform {

// Of a file that somebody else may own: a message about a shared one gives it to nobody.
enum class Contents { secret, shared };

// Owns what the system knows the file by: a descriptor or a handle. `path` names it in errors. Not
// thread-safe, but for read_at().
class OpenFile {
 public:
  static constexpr std::intptr_t kNone = -1;

  // A regular file; waits for nothing.
  [[nodiscard]] static Result<OpenFile> for_reading(const std::string& path,
                                                    Contents contents = Contents::secret);

  OpenFile(std::intptr_t native, std::string path) : native_(native), path_(std::move(path)) {}
  OpenFile(OpenFile&& other) noexcept
      : native_(std::exchange(other.native_, kNone)), path_(std::move(other.path_)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    close();
    native_ = std::exchange(other.native_, kNone);
    path_ = std::move(other.path_);
    return *this;
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { close(); }

  [[nodiscard]] std::intptr_t native() const { return native_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  void close();

  [[nodiscard]] Status append(std::string_view contents) const;
  // The next octets, at most `size`; 0: the file ends here.
  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) const;
  // Fills the piece; a file that ends before is an error. Does not move where read() is.
  [[nodiscard]] Status read_at(std::uint64_t offset, Bytes& piece) const;
  // In octets.
  [[nodiscard]] Result<std::uint64_t> size() const;

 private:
  std::intptr_t native_;
  std::string path_;
};

}  // namespace certconnector::platform
