#include "agent/enrollment/denied.h"

#include "agent/core/failure_codes.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {

Denied renews_revoked(Timestamp revoked_at) {
  Denied denied{core::failed(core::failure::kRenewalNotAllowed,
                             "The certificate that asks for its renewal was revoked on " +
                                 to_rfc3339(revoked_at) +
                                 "; let the device enroll anew, with a new key and a challenge.")};
  denied.renews_revoked = true;
  return denied;
}

}  // namespace certconnector::enrollment
