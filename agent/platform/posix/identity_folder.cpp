#include "agent/platform/identity_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "agent/platform/files.h"
#include "agent/platform/identity_files.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/system_error.h"

namespace certconnector::platform {
namespace {

namespace fs = std::filesystem;

// `identity` is a symbolic link to a folder `identity.N`. A save writes a whole new folder before
// the link moves, so that the link leads to one complete set whenever the machine dies.
constexpr std::string_view kGenerationPrefix = "identity.";

// The number of a folder "identity.<number>"; nothing for other names.
std::optional<unsigned> generation(const std::string& name) {
  if (name.compare(0, kGenerationPrefix.size(), kGenerationPrefix) != 0) return std::nullopt;
  unsigned number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kGenerationPrefix.size(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Result<std::vector<unsigned>> generations(const std::string& state_dir) {
  std::vector<unsigned> found;
  CC_TRY_ASSIGN(const auto names, list_folder(state_dir));
  for (const std::string& name : names) {
    if (const auto number = generation(name)) found.push_back(*number);
  }
  return found;
}

// Where the link leads, or the plain folder in its place.
std::string generation_of(const std::string& link, const std::string& state_dir) {
  std::error_code plain_folder;
  const std::string target = fs::read_symlink(link, plain_folder).string();
  return plain_folder ? link : join_path(state_dir, target);
}

// Makes `link` lead to `target`, in one step. A plain folder in its place gets the temporary name.
Status switch_link(const std::string& link, const std::string& target) {
  const std::string fresh = link + ".new";
  std::error_code ignored;
  fs::remove_all(fresh, ignored);
  if (::symlink(target.c_str(), fresh.c_str()) != 0) return system_error(errno, "create " + fresh);
  const bool plain_folder = fs::symlink_status(link, ignored).type() == fs::file_type::directory;
  const unsigned flags = plain_folder ? RENAME_EXCHANGE : 0U;
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, link.c_str(), flags) != 0) {
    return system_error(errno, "replace " + link);
  }
  return {};
}

}  // namespace

std::string IdentityFolder::path() const { return join_path(state_dir_, "identity"); }

Result<std::optional<IdentityFiles>> IdentityFolder::load() const {
  constexpr int kTries = 3;
  for (int tries = 1;; ++tries) {
    if (!file_exists(path())) return std::optional<IdentityFiles>();
    const std::string folder = generation_of(path(), state_dir_);
    auto files = read_identity(folder);
    if (files.ok()) return std::optional<IdentityFiles>(std::move(files).value());
    // A save() meanwhile moves the link and removes the generation that it led to.
    if (tries == kTries || generation_of(path(), state_dir_) == folder) return files.error();
  }
}

Status IdentityFolder::save(const IdentityFiles& files) const {
  CC_TRY_ASSIGN(const std::vector<unsigned> old, generations(state_dir_));
  const unsigned next = old.empty() ? 1 : *std::max_element(old.begin(), old.end()) + 1;
  const std::string name = std::string(kGenerationPrefix) + std::to_string(next);
  CC_TRY(write_identity(state_dir_ + "/" + name, files));
  CC_TRY(switch_link(path(), name));
  CC_TRY(sync_folder(state_dir_));
  // When this fails, the next save removes the rest.
  std::error_code ignored;
  fs::remove_all(path() + ".new", ignored);
  for (const unsigned number : old) {
    fs::remove_all(state_dir_ + "/" + std::string(kGenerationPrefix) + std::to_string(number),
                   ignored);
  }
  return {};
}

}  // namespace certconnector::platform
