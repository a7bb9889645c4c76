#include "agent/enrollment/errors.h"

namespace certconnector::enrollment {

ErrorCode error_code(RegistrationErrc errc) {
  switch (errc) {
    case RegistrationErrc::bad_keys:
      return {"registration", "bad_keys"};
    case RegistrationErrc::weak_secret:
      return {"registration", "weak_secret"};
    case RegistrationErrc::bad_caller:
      return {"registration", "bad_caller"};
    case RegistrationErrc::endpoint_silent:
      return {"registration", "endpoint_silent"};
  }
  return {"registration", "unknown"};
}

}  // namespace certconnector::enrollment
