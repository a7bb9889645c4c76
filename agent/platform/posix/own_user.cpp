#include "agent/platform/own_user.h"

#include <sys/stat.h>
#include <unistd.h>

#include "agent/platform/errors.h"
#include "agent/platform/posix/denied.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {

std::string own_user() { return name_of_user(::geteuid()); }

std::string how_to_make_folder(const std::string& folder) {
  return "root: install -d -m 0750 -o " + own_user() + " " + text::shell_word(folder);
}

Status refuse_root_for_another(const std::string& folder) {
  struct stat info {};
  if (::geteuid() != 0) return {};
  if (::stat(folder.c_str(), &info) != 0 || info.st_uid == 0) return {};
  return Error(PlatformErrc::not_permitted, ErrorKind::permanent,
               "root runs this, and " + folder + " belongs to " + name_of_user(info.st_uid) +
                   ", who could not use the files that root makes there");
}

}  // namespace certconnector::platform
