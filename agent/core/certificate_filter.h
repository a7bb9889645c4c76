// The rule of certificate stores for lists. Pure.
#pragma once

#include <string>

#include "agent/core/ports/certificate_store.h"

namespace certconnector::core {

// RFC 4514; empty when the certificate cannot be read.
[[nodiscard]] std::string subject_of(const IssuedCertificate& issued);

// Whether it is the certificate that the id names.
[[nodiscard]] bool is_named(const CertificateId& id, const IssuedCertificate& issued);

// Whether the filter lets the certificate through, whatever its page and limit.
[[nodiscard]] bool fits(const CertificateFilter& filter, const ListedCertificate& listed);

}  // namespace certconnector::core
