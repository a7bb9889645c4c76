// Certificates written by hand in DER, RFC 5280 section 4.1: OpenSSL's encoders cost more than the
// rest of issuing.
#pragma once

#include "common/crypto/key.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// Everything is DER, except the serial: a big-endian magnitude.
struct CertificateFields {
  ByteView serial;
  ByteView signature_algorithm;
  ByteView issuer;
  Timestamp not_before;
  Timestamp not_after;
  ByteView subject;
  ByteView public_key_info;
  ByteView extensions;  // Extension after Extension, at least one
};

[[nodiscard]] Bytes encode_tbs_certificate(const CertificateFields& fields);
// A Certificate with an empty signature, for checks of its content.
[[nodiscard]] Bytes encode_unsigned_certificate(const CertificateFields& fields);

// SEQUENCE { signed, algorithm, BIT STRING }: a certificate from its TBSCertificate.
[[nodiscard]] Result<Bytes> sign_structure(ByteView to_be_signed, ByteView signature_algorithm,
                                           crypto::Signer& signer);

// A positive serial number, its magnitude without leading zeros (RFC 5280 section 4.1.2.2): the
// time in milliseconds since 1970, and 80 random bits. It grows, so that an index of serial numbers
// is written at its end (packaging/doc/adr/0036-one-database-with-plain-indexes.md).
[[nodiscard]] Bytes new_serial(Timestamp now);

}  // namespace certconnector::ca
