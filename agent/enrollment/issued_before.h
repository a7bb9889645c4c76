// The agent gives a request's certificate out again only while it is good. One rule for SCEP and
// NDES: a repeat ends when the certificate is revoked, is on hold or has expired.
#pragma once

#include <optional>

#include "agent/core/ports/certificate_authority.h"
#include "agent/enrollment/enrollment_queue.h"
#include "common/result/result.h"

namespace certconnector::enrollment {

// Why nobody gets the certificate any more; nothing: it is good. `known` is null when the agent
// cannot ask the CA. Then only the certificate's end counts, as for a certificate that the CA does
// not know. `now` is the wall clock's. Errors: the CA's look-up.
[[nodiscard]] Result<std::optional<core::Failed>> why_not_again(
    core::CertificateLookup* known, const core::IssuedCertificate& issued, Timestamp now);

// For a static challenge: why this key gets nothing more in this transaction. It gets nothing after
// its certificate there was revoked, whatever else the request says now; nothing: it may ask. The
// request is one that `key` signs itself. Errors: the ledger, the CA's look-up.
[[nodiscard]] Result<std::optional<core::Failed>> why_not_anew(EnrollmentQueue& enrollment_queue,
                                                               const core::EnrollmentKey& key,
                                                               core::CertificateLookup* known);

}  // namespace certconnector::enrollment
