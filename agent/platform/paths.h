// Paths as text, UTF-8, as this platform writes them. Nothing here looks at the disk.
//
// Never make a std::filesystem::path from such a text but by std::filesystem::u8path: on Windows a
// narrow string is read in another encoding.
#pragma once

#include <string>
#include <string_view>

namespace certconnector::platform {

// Whether it leads to the same place whoever starts the program, and wherever.
[[nodiscard]] bool is_absolute_path(std::string_view path);

// `inside` is relative to `folder`; '/' stands between its parts on every platform.
[[nodiscard]] std::string join_path(std::string_view folder, std::string_view inside);

// The folder that holds it: "/a" of "/a/b", "/" of "/a", "." of "a".
[[nodiscard]] std::string parent_path(std::string_view path);

// What it is called there: "b" of "/a/b".
[[nodiscard]] std::string file_name(std::string_view path);

}  // namespace certconnector::platform
