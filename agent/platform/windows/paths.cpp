#include "agent/platform/paths.h"

namespace certconnector::platform {
namespace {

constexpr std::string_view kSeparators = "/\\";

bool is_separator(char c) { return kSeparators.find(c) != std::string_view::npos; }

// "C:/", "\\" of a share or a device; 0: the path depends on where one is.
std::size_t root_size(std::string_view path) {
  if (path.size() >= 2 && is_separator(path[0]) && is_separator(path[1])) return 2;
  const bool drive = path.size() >= 3 && path[1] == ':' && is_separator(path[2]) &&
                     ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z'));
  return drive ? 3 : 0;
}

}  // namespace

bool is_absolute_path(std::string_view path) { return root_size(path) != 0; }

std::string join_path(std::string_view folder, std::string_view inside) {
  std::string joined(folder);
  if (!joined.empty() && !is_separator(joined.back())) joined += '/';
  return joined.append(inside);
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.find_last_of(kSeparators);
  if (slash == std::string_view::npos) return ".";
  const std::size_t root = root_size(path);
  if (slash < root) return std::string(path.substr(0, root));
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of(kSeparators) + 1));
}

}  // namespace certconnector::platform
