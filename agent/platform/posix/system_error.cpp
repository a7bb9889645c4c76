#include "agent/platform/posix/system_error.h"

#include <cerrno>
#include <system_error>

#include "agent/platform/errors.h"

namespace certconnector::platform {

Error system_error(int error_number, const std::string& doing) {
  const std::string message =
      "cannot " + doing + ": " + std::generic_category().message(error_number);
  switch (error_number) {
    case ENOENT:
      return {PlatformErrc::not_found, ErrorKind::permanent, message};
    case EACCES:
    case EPERM:
      return {PlatformErrc::not_permitted, ErrorKind::permanent, message};
    case EEXIST:
      return {PlatformErrc::exists, ErrorKind::permanent, message};
    case ENOSPC:
    case EDQUOT:
    case EROFS:
    case EINTR:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {PlatformErrc::input_output, ErrorKind::transient, message};
    default:
      return {PlatformErrc::input_output, ErrorKind::permanent, message};
  }
}

}  // namespace certconnector::platform
