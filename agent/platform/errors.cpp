#include "agent/platform/errors.h"

#include <cerrno>
#include <system_error>

namespace certconnector::platform {

ErrorCode error_code(PlatformErrc errc) {
  switch (errc) {
    case PlatformErrc::not_found:
      return {"platform", "not_found"};
    case PlatformErrc::too_open:
      return {"platform", "too_open"};
    case PlatformErrc::too_large:
      return {"platform", "too_large"};
    case PlatformErrc::exists:
      return {"platform", "exists"};
    case PlatformErrc::busy:
      return {"platform", "busy"};
    case PlatformErrc::malformed:
      return {"platform", "malformed"};
    case PlatformErrc::input_output:
      return {"platform", "input_output"};
  }
  return {"platform", "unknown"};
}

Error system_error(int error_number, const std::string& doing) {
  const std::string message =
      "cannot " + doing + ": " + std::generic_category().message(error_number);
  switch (error_number) {
    case ENOENT:
      return {PlatformErrc::not_found, ErrorKind::permanent, message};
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
