#include "agent/platform/posix/foreign_link.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "agent/platform/paths.h"

namespace certconnector::platform {
namespace {

namespace fs = std::filesystem;

// As many as the system follows.
constexpr int kMostLinks = 40;

bool is_foreign(const std::string& folder, uid_t trusted) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return true;
  const bool of_trusted = info.st_uid == 0 || info.st_uid == trusted;
  return !of_trusted || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

// The first part of the path that is a link.
std::string first_link(const fs::path& path) {
  fs::path part;
  for (const fs::path& name : path) {
    part /= name;
    struct stat info {};
    if (::lstat(part.c_str(), &info) != 0) return {};
    if (S_ISLNK(info.st_mode)) return part.u8string();
  }
  return {};
}

}  // namespace

std::string target_of(const std::string& link) {
  std::error_code failed;
  return fs::read_symlink(fs::u8path(link), failed).u8string();
}

Way follow(const std::string& path, uid_t trusted) {
  Way way{fs::u8path(path).lexically_normal().u8string()};
  for (int links = 0; links < kMostLinks; ++links) {
    const std::string link = first_link(fs::u8path(way.real));
    if (link.empty()) return way;
    if (is_foreign(parent_path(link), trusted)) {
      way.foreign_link = link;
      return way;
    }
    std::error_code failed;
    const fs::path target = fs::read_symlink(fs::u8path(link), failed);
    if (failed) return way;
    const std::string rest = way.real.substr(link.size());
    way.real = fs::path((fs::u8path(parent_path(link)) / target).u8string() + rest)
                   .lexically_normal()
                   .u8string();
  }
  return way;
}

}  // namespace certconnector::platform
