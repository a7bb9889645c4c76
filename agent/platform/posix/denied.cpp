#include "agent/platform/posix/denied.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/system_error.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

bool may(mode_t mode, mode_t owner_bit, mode_t others_bit, bool is_owner) {
  return (mode & (is_owner ? owner_bit : others_bit)) != 0;
}

// A folder inside one of the user's is to be the user's. Any other is somebody else's, who lets the
// user's group in.
std::string let_in(const std::string& folder, uid_t owner, uid_t self) {
  const std::string word = text::shell_word(folder);
  if (owner == self) return "; run: chmod u+rwx " + word;
  struct stat above {};
  const bool own_above = ::stat(parent_path(folder).c_str(), &above) == 0 && above.st_uid == self;
  const std::string user = name_of_user(self);
  const std::string command = own_above ? "chown -R " + user + ": " + word
                                        : "chgrp " + user + " " + word + " && chmod g+x " + word;
  return "; " + user + " may not enter the folder " + folder + ", which belongs to " +
         name_of_user(owner) + "; run as root: " + command;
}

// The folder nearest to the root that does not let the user in.
std::string folder_in_the_way(const std::string& path, uid_t self) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) return {};
    if (may(info.st_mode, S_IXUSR, S_IXGRP | S_IXOTH, info.st_uid == self)) continue;
    return let_in(folder, info.st_uid, self);
  }
  return {};
}

// The file is to be made in a folder that the user may enter.
std::string why_not_made(const std::string& path, uid_t self) {
  const std::string folder = parent_path(path);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return {};
  if (info.st_uid == self) return "; run: chmod u+rwx " + text::shell_word(folder);
  const std::string user = name_of_user(self);
  return "; " + user + " may make no file in " + folder + ", which belongs to " +
         name_of_user(info.st_uid) + "; run as root: install -m 0640 -o " + user + " /dev/null " +
         text::shell_word(path);
}

}  // namespace

std::string name_of_user(uid_t user) {
  const auto account = account_of(user);
  return account ? account->name : std::to_string(user);
}

std::string why_denied(const std::string& path, uid_t self, Access access) {
  std::string folder = folder_in_the_way(path, self);
  if (!folder.empty()) return folder;
  struct stat info {};
  const bool writes = access == Access::write;
  if (::stat(path.c_str(), &info) != 0) return writes ? why_not_made(path, self) : std::string();
  if (info.st_uid == self) {
    const char* const mode = S_ISDIR(info.st_mode) ? "u+rwx " : writes ? "u+rw " : "u+r ";
    return std::string("; run: chmod ") + mode + text::shell_word(path);
  }
  return "; it belongs to " + name_of_user(info.st_uid) + "; run as root: chown " +
         name_of_user(self) + ": " + text::shell_word(path);
}

Error cannot_use(int error_number, const std::string& path, Access access) {
  const char* const doing = access == Access::read ? "read " : "write ";
  Error error = system_error(error_number, doing + path);
  if (error.code() != error_code(PlatformErrc::not_permitted)) return error;
  return {PlatformErrc::not_permitted, error.kind(),
          error.message() + why_denied(path, ::geteuid(), access)};
}

}  // namespace certconnector::platform
