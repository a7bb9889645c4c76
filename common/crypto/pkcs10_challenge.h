#pragma once

#include "common/text/bytes.h"

namespace certconnector::crypto {

// Overwrites the challenge passwords (RFC 2985 section 5.4.1) of a PKCS#10 in DER by as many "x",
// in place. Its other parts stay as they are, and its signature verifies no longer. False: it has
// no challenge password, or is no PKCS#10.
bool blank_challenge(Bytes& pkcs10);

}  // namespace certconnector::crypto
