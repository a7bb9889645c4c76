#include "agent/platform/posix/denied.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/foreign_link.h"
#include "agent/platform/posix/system_error.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

constexpr mode_t kEnter = 1;

// The user that is denied, with the groups that this process has when it is its own.
class Denied {
 public:
  explicit Denied(uid_t user) : user_(user) {
    if (user != ::geteuid()) return;
    const int count = ::getgroups(0, nullptr);
    groups_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count > 0 && ::getgroups(count, groups_.data()) != count) groups_.clear();
    groups_.push_back(::getegid());
  }

  [[nodiscard]] bool owns(const struct stat& info) const { return info.st_uid == user_; }
  [[nodiscard]] bool may(const struct stat& info, mode_t right) const {
    if (owns(info)) return (info.st_mode >> 6U & right) != 0;
    const bool in_group = std::find(groups_.begin(), groups_.end(), info.st_gid) != groups_.end();
    return ((in_group ? info.st_mode >> 3U : info.st_mode) & right) != 0;
  }
  [[nodiscard]] std::string name() const { return name_of_user(user_); }

 private:
  const uid_t user_;
  std::vector<gid_t> groups_;
};

std::string name_of_group(gid_t group) {
  constexpr std::size_t kLongestGroup = 16384;
  ::group entry{};
  std::array<char, kLongestGroup> buffer{};
  ::group* found = nullptr;
  const bool known =
      ::getgrgid_r(group, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
  return known ? found->gr_name : std::to_string(group);
}

std::string group_of(uid_t user) {
  const auto account = account_of(user);
  return account ? name_of_group(account->group) : std::to_string(user);
}

// A folder inside one of the user's is to be the user's. Into any other folder a group lets it: the
// one that the folder has, or else the user's own.
std::string command_that_lets_in(const std::string& folder, const struct stat& info, uid_t user) {
  const std::string word = text::shell_word(folder);
  struct stat above {};
  const std::string name = name_of_user(user);
  if (::stat(parent_path(folder).c_str(), &above) == 0 && above.st_uid == user) {
    return "chown -R " + name + ": " + word;
  }
  if (info.st_gid == 0) return "chgrp " + group_of(user) + " " + word + " && chmod g+x " + word;
  const std::string join = "usermod -aG " + name_of_group(info.st_gid) + " " + name;
  return (info.st_mode & S_IXGRP) != 0 ? join : "chmod g+x " + word + " && " + join;
}

// The folder nearest to the root that does not let the user in.
std::string folder_in_the_way(const std::string& path, const Denied& denied, uid_t user) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) return {};
    if (denied.may(info, kEnter)) continue;
    if (denied.owns(info)) return "; run: chmod u+rwx " + text::shell_word(folder);
    return "; " + denied.name() + " may not enter the folder " + folder + ", which belongs to " +
           name_of_user(info.st_uid) + "; run as root: " + command_that_lets_in(folder, info, user);
  }
  return {};
}

// The file is to be made in a folder that the user may enter. Root makes it where nobody else can
// put a link in its place.
std::string why_not_made(const std::string& path, const Denied& denied) {
  const std::string folder = parent_path(path);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return {};
  if (denied.owns(info)) return "; run: chmod u+rwx " + text::shell_word(folder);
  std::string text = "; " + denied.name() + " may make no file in " + folder +
                     ", which belongs to " + name_of_user(info.st_uid);
  if (info.st_uid != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return text;
  const std::string word = text::shell_word(path);
  return text + "; run as root: touch " + word + " && chown " + denied.name() + ": " + word +
         " && chmod 640 " + word;
}

std::string target_of(const std::string& link) {
  std::error_code failed;
  return std::filesystem::read_symlink(std::filesystem::u8path(link), failed).u8string();
}

// `chown -h`: a link that takes the file's place meanwhile gives nothing away.
std::string change_owner(const std::string& path, const struct stat& info, const Denied& denied) {
  return std::string("chown ") + (S_ISDIR(info.st_mode) ? "-R " : "-h ") + denied.name() + ": " +
         text::shell_word(path);
}

// The owner keeps a shared file in a folder that is not the user's; the user's group reads it.
std::string let_read(const std::string& path, const struct stat& info, uid_t user,
                     const Denied& denied) {
  struct stat folder {};
  const bool in_own = ::stat(parent_path(path).c_str(), &folder) == 0 && denied.owns(folder);
  if (in_own) return change_owner(path, info, denied);
  const std::string word = text::shell_word(path);
  return "chgrp " + group_of(user) + " " + word + " && chmod g+r " + word;
}

}  // namespace

std::string name_of_user(uid_t user) {
  const auto account = account_of(user);
  return account ? account->name : std::to_string(user);
}

std::string why_denied(const std::string& path, uid_t user, Access access) {
  const Way way = follow(path, 0);
  if (!way.foreign_link.empty()) {
    return "; " + way.foreign_link + " is a link to " + target_of(way.foreign_link) +
           ": put what it leads to in its place";
  }
  const Denied denied(user);
  std::string folder = folder_in_the_way(way.real, denied, user);
  if (!folder.empty()) return folder;
  struct stat info {};
  const bool writes = access == Access::write;
  if (::lstat(way.real.c_str(), &info) != 0) {
    return writes && errno == ENOENT ? why_not_made(way.real, denied) : std::string();
  }
  if (!denied.owns(info)) {
    return "; it belongs to " + name_of_user(info.st_uid) + "; run as root: " +
           (access == Access::read_shared ? let_read(way.real, info, user, denied)
                                          : change_owner(way.real, info, denied));
  }
  const char* const mode = S_ISDIR(info.st_mode) ? "u+rwx " : writes ? "u+rw " : "u+r ";
  return std::string("; run: chmod ") + mode + text::shell_word(way.real);
}

Error with_why_denied(Error error, const std::string& path, Access access) {
  if (error.code() != error_code(PlatformErrc::not_permitted)) return error;
  return {PlatformErrc::not_permitted, error.kind(),
          error.message() + why_denied(path, ::geteuid(), access)};
}

Error cannot_use(int error_number, const std::string& path, Access access) {
  const char* const doing = access == Access::write ? "write " : "read ";
  return with_why_denied(system_error(error_number, doing + path), path, access);
}

}  // namespace certconnector::platform
