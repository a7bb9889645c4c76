#include "agent/platform/log_target.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {
namespace {

bool is_trusted(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

// The sticky bit does not help: it lets everybody make a file.
bool others_make_files(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return false;  // the opening says why
  return !is_trusted(info.st_uid) || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

}  // namespace

// systemd sets this where standard error is the journal.
bool standard_error_is_journal() { return std::getenv("JOURNAL_STREAM") != nullptr; }

Status check_log_file(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
  const bool second_name = S_ISREG(info.st_mode) && info.st_nlink > 1;
  const bool own = !S_ISLNK(info.st_mode) && !second_name;
  const std::string folder = parent_path(path);
  if ((own && is_trusted(info.st_uid)) || !others_make_files(folder)) return {};
  return Error(PlatformErrc::too_open, ErrorKind::permanent,
               path + (own ? " belongs to another user" : " is a link, or has a second name") +
                   ", in " + folder + ", where others may make files; run: chmod go-w " +
                   text::shell_word(folder) + " && rm " + text::shell_word(path));
}

}  // namespace certconnector::platform
