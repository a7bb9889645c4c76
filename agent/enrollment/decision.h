// May this device have this certificate? The certificate that signs a renewal decides it, else the
// challenge does.
#pragma once

#include "agent/enrollment/authorization.h"
#include "agent/enrollment/device_request.h"

namespace certconnector::enrollment {

// The waits that the calling thread may take upon itself.
struct MayWait {
  bool for_revocation_list = false;  // from a server; else NeedsRevocationList
  bool for_validation = false;       // of a challenge; else NeedsValidation
};

// `request` is readable. `now` is the wall clock's. An authorization names its template. Changes
// nothing.
[[nodiscard]] Decision decide(const DeviceRequest& request, MayWait may_wait, Timestamp now);

}  // namespace certconnector::enrollment
