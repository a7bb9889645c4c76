#include "agent/registration/errors.h"

namespace certconnector::registration {

ErrorCode error_code(RegistrationErrc errc) {
  switch (errc) {
    case RegistrationErrc::bad_keys:
      return {"registration", "bad_keys"};
    case RegistrationErrc::weak_secret:
      return {"registration", "weak_secret"};
  }
  return {"registration", "unknown"};
}

}  // namespace certconnector::registration
