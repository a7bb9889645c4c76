// May this device have this certificate: a renewal by the certificate that signs the request,
// anything else by its challenge.
#pragma once

#include "agent/enrollment/authorization.h"
#include "agent/enrollment/device_request.h"

namespace certconnector::enrollment {

// `request` has been read. `now` is the wall clock's. Without `may_wait` no validator is asked:
// NeedsValidation. An authorization names its template. Changes nothing.
[[nodiscard]] Decision decide(const DeviceRequest& request, bool may_wait, Timestamp now);

}  // namespace certconnector::enrollment
