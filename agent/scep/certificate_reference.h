// A client's reference to a certificate inside the envelope: RFC 8894 sections 3.3.4 and 3.3.5.
// Views into the decrypted DER.
#pragma once

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::scep {

// GetCert: the certificate. GetCRL: a certificate of the CA whose CRL the client asks for.
struct IssuerAndSerial {
  ByteView issuer;  // DER Name
  ByteView serial;  // big-endian magnitude, 1 to 20 octets
};

// Errors, permanent: malformed.
[[nodiscard]] Result<IssuerAndSerial> parse_issuer_and_serial(ByteView der);

}  // namespace certconnector::scep
