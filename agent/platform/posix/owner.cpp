#include "agent/platform/posix/owner.h"

#include "agent/platform/errors.h"
#include "common/text/shell_word.h"

namespace certconnector::platform {

Status check_owner(const std::string& path, uid_t owner, uid_t self) {
  if (owner == 0 || owner == self || self == 0) return {};
  return Error(PlatformErrc::too_open, ErrorKind::permanent,
               path + " belongs to another user (" + std::to_string(owner) +
                   "), who may change it; run: chown root " + text::shell_word(path));
}

}  // namespace certconnector::platform
