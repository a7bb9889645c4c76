// The fields of a certificate, as views into its DER: RFC 5280 section 4.1 without OpenSSL's
// decoder, which costs more than verifying a signature does. For certificates that come in
// messages.
#pragma once

#include <optional>
#include <string_view>

#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::crypto {

// Nothing of it is verified.
struct CertificateFields {
  ByteView tbs;     // whole: what is signed
  ByteView serial;  // big-endian magnitude
  ByteView issuer;  // DER Name
  Timestamp not_before;
  Timestamp not_after;
  ByteView subject;              // DER Name
  ByteView public_key_info;      // DER SubjectPublicKeyInfo
  ByteView extensions;           // the contents of the list; empty: none
  ByteView subject_key_id;       // empty: no extension
  ByteView signature_algorithm;  // the contents of the AlgorithmIdentifier
  ByteView signature;
};

// `der` outlives the fields. Errors: malformed.
[[nodiscard]] Result<CertificateFields> parse_certificate_fields(ByteView der);

// RFC 5280 section 3.2: no CA stands behind it unless it is one.
[[nodiscard]] inline bool is_self_issued(const CertificateFields& fields) {
  return fields.issuer == fields.subject;
}

// The value of the first extension of this dotted OID, inside its OCTET STRING; nothing when there
// is none.
[[nodiscard]] std::optional<ByteView> find_extension(const CertificateFields& fields,
                                                     std::string_view oid);

}  // namespace certconnector::crypto
