// A certificate that a request brought is given out again only while it is good. One rule for SCEP
// and for NDES: a repeat ends when the certificate is revoked, is on hold or has expired.
#pragma once

#include <optional>

#include "agent/core/ports/certificate_authority.h"
#include "agent/enrollment/enrollment_queue.h"
#include "common/result/result.h"

namespace certconnector::enrollment {

// Why nobody gets the certificate any more; nothing: it is good. `known` is null where the agent
// cannot ask the CA: only the certificate's end counts then, as for one that the CA does not know.
// `now` is the wall clock's. Errors: the CA's register.
[[nodiscard]] Result<std::optional<core::Failed>> why_not_again(
    core::CertificateLookup* known, const core::IssuedCertificate& issued, Timestamp now);

// For a password that stands: why this key gets nothing more in this transaction. It does not once
// its certificate there was revoked, whatever else the request says now; nothing: it may ask.
// `key` is that of a request whose own key signs it. Errors: the ledger, the CA's register.
[[nodiscard]] Result<std::optional<core::Failed>> why_not_anew(EnrollmentQueue& enrollment_queue,
                                                               const core::EnrollmentKey& key,
                                                               core::CertificateLookup* known);

}  // namespace certconnector::enrollment
