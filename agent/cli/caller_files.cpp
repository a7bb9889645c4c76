#include "agent/cli/caller_files.h"

#include <filesystem>
#include <fstream>
#include <istream>

namespace certconnector::cli {

namespace {

Result<std::string> read_all(std::istream& in, const std::string& name) {
  std::string content(kMaxFile + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (content.empty() && !in.eof())) {
    return Error(FileErrc::unreadable, ErrorKind::permanent, "cannot read " + name);
  }
  if (content.size() > kMaxFile) {
    return Error(FileErrc::too_large, ErrorKind::permanent,
                 name + " is larger than " + std::to_string(kMaxFile) + " octets");
  }
  return content;
}

}  // namespace

ErrorCode error_code(FileErrc errc) {
  switch (errc) {
    case FileErrc::unreadable:
      return {"cli", "unreadable"};
    case FileErrc::too_large:
      return {"cli", "too_large"};
    case FileErrc::unwritable:
      return {"cli", "unwritable"};
  }
  return {"cli", "unknown"};
}

Result<std::string> read_input(const std::string& path, std::istream& standard_input) {
  if (path == "-") return read_all(standard_input, "the standard input");
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) {
    return Error(FileErrc::unreadable, ErrorKind::permanent,
                 "cannot open " + path + " for reading");
  }
  return read_all(file, path);
}

Status write_file(const std::string& path, std::string_view content) {
  std::ofstream file(std::filesystem::u8path(path), std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (file) return {};
  return Error(FileErrc::unwritable, ErrorKind::permanent, "cannot write " + path);
}

std::string absolute_path(const std::string& path, const std::string& working_folder) {
  namespace fs = std::filesystem;
  return (fs::u8path(working_folder) / fs::u8path(path)).lexically_normal().u8string();
}

}  // namespace certconnector::cli
