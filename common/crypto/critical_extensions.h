// Extensions that decide whether a verifier takes a certificate at all, RFC 5280 section 4.2.
#pragma once

#include <string>
#include <vector>

#include "common/crypto/certificate.h"

namespace certconnector::crypto {

// The dotted OIDs of the certificate's critical extensions that OpenSSL does not know: it and other
// verifiers refuse the certificate, and a CA's with all that the CA issued.
[[nodiscard]] std::vector<std::string> unknown_critical_extensions(const Certificate& certificate);

}  // namespace certconnector::crypto
