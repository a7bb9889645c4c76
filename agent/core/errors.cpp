#include "agent/core/errors.h"

namespace certconnector::core {

ErrorCode error_code(CoreErrc errc) {
  switch (errc) {
    case CoreErrc::not_enrolled:
      return {"core", "not_enrolled", "Run `certconnector enroll -` with an onboarding token"};
    case CoreErrc::bad_answer:
      return {"core", "bad_answer"};
    case CoreErrc::identity_expired:
      return {"core", "identity_expired"};
    case CoreErrc::identity_not_yet_valid:
      return {"core", "identity_not_yet_valid"};
    case CoreErrc::identity_wrong_usage:
      return {"core", "identity_wrong_usage"};
    case CoreErrc::identity_key_mismatch:
      return {"core", "identity_key_mismatch"};
    case CoreErrc::ca_silent:
      return {"core", "ca_silent"};
  }
  return {"core", "unknown"};
}

}  // namespace certconnector::core
