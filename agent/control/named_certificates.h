// Finds the certificates that a person names, and shows them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/control/certificate_lookups.h"
#include "agent/control/issue_records.h"
#include "agent/control/wire.h"
#include "common/result/result.h"
#include "proto/control/messages.h"

namespace certconnector::control {

// By serial number or thumbprint, in hexadecimal. Errors: bad_value (several CAs have issued such
// ones: `ca` chooses), no_such_certificate.
[[nodiscard]] Result<core::ListedCertificate> find_one_certificate(
    const std::string& id, const std::optional<core::CaFingerprint>& ca,
    core::CertificateStore& certificates);
// The id as it is, or the serial number that begins so, where it has kShortestId digits or more.
// Not for a revocation: a CA that was in use elsewhere revokes serial numbers that nobody knows.
// Errors: bad_value; ambiguous_id (several begin so).
[[nodiscard]] Result<std::string> full_serial(const std::string& id,
                                              core::CertificateStore& certificates);
// Without the certificate itself.
[[nodiscard]] control_proto::Certificate certificate_on_wire(const core::ListedCertificate& listed,
                                                             const CaNames& names,
                                                             CertificateLookups& lookups,
                                                             const Clock& clock);
// Empty: unspecified.
[[nodiscard]] Result<core::RevocationReason> parse_revocation_reason(const std::string& name);

}  // namespace certconnector::control
