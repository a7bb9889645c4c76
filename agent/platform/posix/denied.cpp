#include "agent/platform/posix/denied.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/foreign_link.h"
#include "agent/platform/posix/system_error.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

constexpr mode_t kEnter = 1;
constexpr mode_t kWrite = 2;
constexpr mode_t kRead = 4;

std::vector<gid_t> own_groups() {
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count > 0 && ::getgroups(count, groups.data()) != count) groups.clear();
  groups.push_back(::getegid());
  return groups;
}

// Those of the system's list.
std::vector<gid_t> groups_of(uid_t user) {
  constexpr std::size_t kMostGroups = 4096;
  const auto account = account_of(user);
  if (!account) return {};
  std::vector<gid_t> groups(kMostGroups);
  int count = static_cast<int>(groups.size());
  const int found = ::getgrouplist(account->name.c_str(), account->group, groups.data(), &count);
  groups.resize(found < 0 ? 0 : static_cast<std::size_t>(found));
  return groups;
}

// The user that is denied, with its groups.
class Denied {
 public:
  explicit Denied(uid_t user)
      : user_(user), groups_(user == ::geteuid() ? own_groups() : groups_of(user)) {}

  [[nodiscard]] bool owns(const struct stat& info) const { return info.st_uid == user_; }
  [[nodiscard]] bool may(const struct stat& info, mode_t right) const {
    if (owns(info)) return (info.st_mode >> 6U & right) != 0;
    const bool in_group = std::find(groups_.begin(), groups_.end(), info.st_gid) != groups_.end();
    return ((in_group ? info.st_mode >> 3U : info.st_mode) & right) != 0;
  }
  [[nodiscard]] std::string name() const { return name_of_user(user_); }

 private:
  const uid_t user_;
  const std::vector<gid_t> groups_;
};

// The part of the path nearest to the root that is another's in a folder of the user. Empty: there
// is none.
std::string outermost_of_another(const std::string& path, const Denied& denied) {
  bool in_own = false;
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    struct stat info {};
    if (::lstat(part.c_str(), &info) != 0) return {};
    if (in_own && !denied.owns(info)) return part;
    if (slash == std::string::npos) return {};
    in_own = denied.owns(info);
  }
}

// `chown -h`: a link that takes the file's place meanwhile gives nothing away.
std::string command_that_gives(const std::string& path, const Denied& denied) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  const std::string word = text::shell_word(path);
  const bool folder = S_ISDIR(info.st_mode);
  const mode_t needed = folder ? kRead | kWrite | kEnter : kRead | kWrite;
  std::string command =
      std::string("chown ") + (folder ? "-R " : "-h ") + denied.name() + ": " + word;
  if ((info.st_mode >> 6U & needed) != needed) {
    command += std::string(" && chmod ") + (folder ? "-R u+rwX " : "u+rw ") + word;
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) command += " && chmod go-w " + word;
  return command;
}

std::string group_of(uid_t user) {
  const auto account = account_of(user);
  return account ? name_of_group(account->group) : std::to_string(user);
}

// A folder inside one of the user's is to be the user's. Into any other folder a group lets it: the
// one that the folder has, or else the user's own.
std::string command_that_lets_in(const std::string& folder, const struct stat& info,
                                 const Denied& denied, uid_t user) {
  const std::string outermost = outermost_of_another(folder, denied);
  if (!outermost.empty()) return command_that_gives(outermost, denied);
  const std::string word = text::shell_word(folder);
  const std::string name = name_of_user(user);
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
           name_of_user(info.st_uid) +
           "; run as root: " + command_that_lets_in(folder, info, denied, user);
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
  const std::string outermost = outermost_of_another(folder, denied);
  if (!outermost.empty()) return text + "; run as root: " + command_that_gives(outermost, denied);
  if (info.st_uid != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return text;
  const std::string word = text::shell_word(path);
  return text + "; run as root: touch " + word + " && chown " + denied.name() + ": " + word +
         " && chmod 640 " + word;
}

// The owner keeps a shared file in a folder that is not the user's; the user's group uses it.
std::string command_that_shares(const std::string& path, uid_t user, Access access,
                                const Denied& denied) {
  const std::string outermost = outermost_of_another(path, denied);
  if (!outermost.empty()) return command_that_gives(outermost, denied);
  if (access == Access::read || access == Access::write) return command_that_gives(path, denied);
  const std::string word = text::shell_word(path);
  return "chgrp " + group_of(user) + " " + word + " && chmod " +
         (access == Access::execute ? "g+rx " : "g+r ") + word;
}

std::string mode_for(const struct stat& info, Access access) {
  if (S_ISDIR(info.st_mode)) return "u+rwx ";
  if (access == Access::execute) return "u+rx ";
  return access == Access::write ? "u+rw " : "u+r ";
}

std::string of_foreign_link(const std::string& link) {
  return "; " + link + " is a link to " + target_of(link) + ": put what it leads to in its place";
}

}  // namespace

std::string name_of_user(uid_t user) {
  const auto account = account_of(user);
  return account ? account->name : std::to_string(user);
}

std::string why_denied(const std::string& path, uid_t user, Access access) {
  const Way way = follow(path, 0);
  if (!way.foreign_link.empty()) return of_foreign_link(way.foreign_link);
  const Denied denied(user);
  std::string folder = folder_in_the_way(way.real, denied, user);
  if (!folder.empty()) return folder;
  struct stat info {};
  if (::lstat(way.real.c_str(), &info) != 0) {
    const bool makes = access == Access::write && errno == ENOENT;
    return makes ? why_not_made(way.real, denied) : std::string();
  }
  if (!denied.owns(info)) {
    return "; it belongs to " + name_of_user(info.st_uid) +
           "; run as root: " + command_that_shares(way.real, user, access, denied);
  }
  return "; run: chmod " + mode_for(info, access) + text::shell_word(way.real);
}

std::string how_to_give(const std::string& path, uid_t user) {
  const Way way = follow(path, 0);
  if (!way.foreign_link.empty()) return of_foreign_link(way.foreign_link);
  const Denied denied(user);
  const std::string outermost = outermost_of_another(way.real, denied);
  return "; run as root: " + command_that_gives(outermost.empty() ? way.real : outermost, denied);
}

bool may_read(const std::string& path, uid_t user) {
  const Denied denied(user);
  const std::string real = follow(path, 0).real;
  struct stat info {};
  return folder_in_the_way(real, denied, user).empty() && ::stat(real.c_str(), &info) == 0 &&
         denied.may(info, kRead);
}

Error with_why_denied(Error error, const std::string& path, Access access) {
  if (error.code() != error_code(PlatformErrc::not_permitted)) return error;
  return {PlatformErrc::not_permitted, error.kind(),
          error.message() + why_denied(path, ::geteuid(), access)};
}

Error cannot_use(int error_number, const std::string& path, Access access, Wanted wanted) {
  if (auto other = obstacle(path, wanted)) return *std::move(other);
  const char* const doing = access == Access::write ? "write " : "read ";
  return with_why_denied(system_error(error_number, doing + path), path, access);
}

}  // namespace certconnector::platform
