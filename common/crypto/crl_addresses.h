// Where a certificate says that the CRL of its issuer is: RFC 5280 section 4.2.1.13.
#pragma once

#include <string>
#include <vector>

#include "common/text/bytes.h"

namespace certconnector::crypto {

// The URIs of its CRL distribution points, in order, at most 20; none when it names none, or when
// the certificate cannot be read.
[[nodiscard]] std::vector<std::string> crl_addresses(ByteView certificate);

}  // namespace certconnector::crypto
