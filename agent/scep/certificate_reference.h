// How a client names a certificate inside the envelope: RFC 8894 sections 3.3.3 to 3.3.5. Views
// into the DER that was decrypted.
#pragma once

#include "common/result/result.h"
#include "common/text/bytes.h"

namespace certconnector::scep {

// CertPoll: the request that it polls for.
struct IssuerAndSubject {
  ByteView issuer;   // DER Name
  ByteView subject;  // DER Name
};
// GetCert: the certificate. GetCRL: one of the CA whose CRL is wanted.
struct IssuerAndSerial {
  ByteView issuer;  // DER Name
  ByteView serial;  // big-endian magnitude, 1 to 20 octets
};

// Errors, permanent: malformed.
[[nodiscard]] Result<IssuerAndSubject> parse_issuer_and_subject(ByteView der);
[[nodiscard]] Result<IssuerAndSerial> parse_issuer_and_serial(ByteView der);

}  // namespace certconnector::scep
