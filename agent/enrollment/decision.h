// May this device have this certificate? The certificate that signs a renewal decides it, else the
// challenge does.
#pragma once

#include "agent/enrollment/authorization.h"
#include "agent/enrollment/device_request.h"

namespace certconnector::enrollment {

// `request` is readable. `now` is the wall clock's. Without `may_wait` it asks no validator:
// NeedsValidation. An authorization names its template. Changes nothing.
[[nodiscard]] Decision decide(const DeviceRequest& request, bool may_wait, Timestamp now);

}  // namespace certconnector::enrollment
