#include "agent/platform/windows/system_error.h"

#include <windows.h>

#include "agent/platform/errors.h"

namespace certconnector::platform {

Error system_error(SystemErrorNumber number, const std::string& doing) {
  const std::string message = "cannot " + doing + ": " + system_message(number);
  switch (number) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_NETPATH:
      return {PlatformErrc::not_found, ErrorKind::permanent, message};
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
      return {PlatformErrc::not_permitted, ErrorKind::permanent, message};
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return {PlatformErrc::exists, ErrorKind::permanent, message};
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_FULL:
    case kDiskQuotaExceeded:
    case ERROR_WRITE_PROTECT:
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
      return {PlatformErrc::input_output, ErrorKind::transient, message};
    default:
      return {PlatformErrc::input_output, ErrorKind::permanent, message};
  }
}

}  // namespace certconnector::platform
