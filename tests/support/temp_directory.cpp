#include "tests/support/temp_directory.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "tests/support/private_folder.h"

namespace certconnector::testing {

TempDirectory::TempDirectory()
    : path_(std::filesystem::u8path(make_private_folder().generic_u8string())) {}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDirectory::write(std::string_view name, std::string_view contents) const {
  const std::filesystem::path path = path_ / std::filesystem::u8path(name);
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << contents;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
  return path.generic_u8string();
}

std::string TempDirectory::read(std::string_view name) const {
  return read_file(path_ / std::filesystem::u8path(name));
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace certconnector::testing
