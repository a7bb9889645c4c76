#include "agent/platform/posix/owner.h"

#include <sys/stat.h>

#include "agent/platform/errors.h"
#include "agent/platform/paths.h"
#include "agent/platform/posix/denied.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {

Status check_owner(const std::string& path, uid_t owner, uid_t self) {
  if (owner == 0 || owner == self || self == 0) return {};
  struct stat folder {};
  const bool in_own = ::stat(parent_path(path).c_str(), &folder) == 0 && folder.st_uid == self;
  return Error(PlatformErrc::too_open, ErrorKind::permanent,
               path + " belongs to " + name_of_user(owner) + ", who may change it" +
                   (in_own ? how_to_give(path, self)
                           : "; run as root: chown root " + text::shell_word(path)));
}

}  // namespace certconnector::platform
