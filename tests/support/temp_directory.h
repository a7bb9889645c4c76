// A directory of a test's own, removed with all that is in it. Names are UTF-8, and their folders
// stand before a / on every system.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace certconnector::testing {

class TempDirectory {
 public:
  // For its owner alone, below the system's temporary directory. Throws when it cannot be made,
  // which fails the test.
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // A path inside; nothing is made.
  [[nodiscard]] std::string file(std::string_view name) const {
    return (path_ / std::filesystem::u8path(name)).generic_u8string();
  }
  // Writes a file inside, making the folders on its way, and returns its path.
  std::string write(std::string_view name, std::string_view contents) const;
  [[nodiscard]] std::string read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

// The whole of a file; throws when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace certconnector::testing
