#include "agent/enrollment/errors.h"

namespace certconnector::enrollment {

ErrorCode error_code(EnrollmentErrc errc) {
  switch (errc) {
    case EnrollmentErrc::bad_keys:
      return {"registration", "bad_keys"};
    case EnrollmentErrc::weak_secret:
      return {"registration", "weak_secret"};
    case EnrollmentErrc::bad_caller:
      return {"registration", "bad_caller"};
    case EnrollmentErrc::endpoint_silent:
      return {"registration", "endpoint_silent"};
  }
  return {"registration", "unknown"};
}

}  // namespace certconnector::enrollment
