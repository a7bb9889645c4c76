// Certificates by their subject alone, without the cost of a key and a signature each.
#pragma once

#include <string>

#include "agent/core/job.h"

namespace certconnector::testing {

// DER of RFC 5280 with zeros for key and signature, about 1,100 octets. The serial number is the
// head of the SHA-1 of the subject (RFC 4514). Throws std::invalid_argument for what is no subject.
[[nodiscard]] core::IssuedCertificate named_certificate(const std::string& subject,
                                                        Timestamp not_after);

}  // namespace certconnector::testing
