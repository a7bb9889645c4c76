#include "agent/platform/log_target.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "agent/platform/errors.h"
#include "agent/platform/files.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/foreign_link.h"
#include "agent/platform/posix/system_error.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

// Root looks at what belongs to the agent's user, whom it does not know.
bool is_trusted(uid_t owner) { return owner == 0 || owner == ::geteuid() || ::geteuid() == 0; }

// The sticky bit does not help: it lets everybody make a file.
bool others_make_files(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return false;  // the opening says why
  return !is_trusted(info.st_uid) || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

Error refused(const std::string& path, const std::string& why, const std::string& command) {
  return {PlatformErrc::too_open, ErrorKind::permanent,
          path + why +
              ", in a folder where others may make files; name another file in [log] file, "
              "or run: " +
              command};
}

}  // namespace

// systemd sets this where standard error is the journal.
bool standard_error_is_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

Status check_log_file(const std::string& path) {
  const Way way = follow(path, ::geteuid());
  if (!way.foreign_link.empty()) {
    return refused(way.foreign_link, " is a link", "rm " + text::shell_word(way.foreign_link));
  }
  struct stat info {};
  if (::lstat(way.real.c_str(), &info) != 0) return {};
  if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) {
    return Error(PlatformErrc::malformed, ErrorKind::permanent,
                 way.real + " is neither a file nor a device");
  }
  if (!others_make_files(parent_path(way.real))) return {};
  const std::string word = text::shell_word(way.real);
  if (S_ISREG(info.st_mode) && info.st_nlink > 1) {
    return refused(way.real, " has a second name", "rm " + word);
  }
  if (is_trusted(info.st_uid)) return {};
  return refused(way.real, " belongs to another user",
                 "mv " + word + " " + text::shell_word(way.real + ".away"));
}

// Somebody may have put a link there between the check and the opening. A device is everybody's.
Status take_log_file(const std::string& path, std::FILE* opened) {
  struct stat file {};
  struct stat named {};
  const int fd = ::fileno(opened);
  if (::fstat(fd, &file) != 0) return system_error(errno, "look at " + path);
  if (!S_ISREG(file.st_mode)) return {};
  const bool same = ::stat(path.c_str(), &named) == 0 && named.st_dev == file.st_dev &&
                    named.st_ino == file.st_ino;
  if (!same) {
    return Error(PlatformErrc::too_open, ErrorKind::permanent,
                 path + " was another file while it was opened: somebody else changes its folder");
  }
  CC_TRY(check_log_file(path));
  static_cast<void>(::fchmod(fd, static_cast<mode_t>(FileMode::private_group)));
  return {};
}

}  // namespace certconnector::platform
