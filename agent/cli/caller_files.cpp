#include "agent/cli/caller_files.h"

#include <filesystem>
#include <fstream>
#include <istream>

namespace certconnector::cli {

namespace {

Error too_large(const std::string& name, std::size_t max_size) {
  return {FileErrc::too_large, ErrorKind::permanent,
          name + " is larger than " + std::to_string(max_size) + " octets"};
}

Result<std::string> read_all(std::istream& in, const std::string& name, std::size_t max_size) {
  constexpr std::size_t kPiece = 65536;
  std::string content;
  while (in && content.size() <= max_size) {
    const std::size_t before = content.size();
    content.resize(before + kPiece);
    in.read(content.data() + before, kPiece);
    content.resize(before + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad() || (content.empty() && !in.eof())) {
    return Error(FileErrc::unreadable, ErrorKind::permanent, "cannot read " + name);
  }
  if (content.size() > max_size) return too_large(name, max_size);
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
    case FileErrc::refused:
      return {"cli", "refused"};
  }
  return {"cli", "unknown"};
}

Result<std::string> read_input(const std::string& path, std::istream& standard_input,
                               std::size_t max_size) {
  if (path == "-") return read_all(standard_input, "the standard input", max_size);
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) {
    return Error(FileErrc::unreadable, ErrorKind::permanent,
                 "cannot open " + path + " for reading");
  }
  return read_all(file, path, max_size);
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
  return (fs::u8path(working_folder) / fs::u8path(path)).lexically_normal().generic_u8string();
}

}  // namespace certconnector::cli
