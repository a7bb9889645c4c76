#include "agent/platform/errors.h"

namespace certconnector::platform {

ErrorCode error_code(PlatformErrc errc) {
  switch (errc) {
    case PlatformErrc::not_found:
      return {"platform", "not_found"};
    case PlatformErrc::not_permitted:
      return {"platform", "not_permitted"};
    case PlatformErrc::too_open:
      return {"platform", "too_open"};
    case PlatformErrc::too_large:
      return {"platform", "too_large"};
    case PlatformErrc::not_writable:
      return {"platform", "not_writable"};
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

bool is_of_rights(const Error& error) {
  return error.code() == error_code(PlatformErrc::not_permitted) ||
         error.code() == error_code(PlatformErrc::too_open);
}

}  // namespace certconnector::platform
