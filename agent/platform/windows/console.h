// A console and standard streams in UTF-8, with line ends as everywhere.
#pragma once

#include <windows.h>

#include <string>
#include <vector>

namespace certconnector::platform {

// While it lives, the console reads and shows UTF-8, and the standard streams pass octets as they
// are. The console outlives this program, so it gets its own encoding back.
class Utf8Console {
 public:
  Utf8Console();
  ~Utf8Console();
  Utf8Console(const Utf8Console&) = delete;
  Utf8Console& operator=(const Utf8Console&) = delete;

 private:
  UINT output_before_;
  UINT input_before_;
};

enum class Stream { input, output };
[[nodiscard]] bool is_console(Stream stream);
// Has the console understand escape sequences. False: it cannot, or it is none.
[[nodiscard]] bool make_steerable();
// In columns; 0: it is no console.
[[nodiscard]] std::size_t console_width();

// Of wmain, in UTF-8. argv() has the form of main's, and lives as long as this.
class Arguments {
 public:
  Arguments(int count, wchar_t** words);
  [[nodiscard]] int count() const { return static_cast<int>(texts_.size()); }
  [[nodiscard]] char** argv() { return pointers_.data(); }
  [[nodiscard]] std::vector<std::string> without_program() const {
    return {texts_.begin() + (texts_.empty() ? 0 : 1), texts_.end()};
  }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

// In UTF-8; empty: it is not set.
[[nodiscard]] std::string environment_variable(const wchar_t* name);

// The file that this process runs, with '/'; empty: the system does not say.
[[nodiscard]] std::string own_program();

}  // namespace certconnector::platform
