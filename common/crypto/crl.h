// Certificate revocation lists as other programs make them: RFC 5280 section 5, versions 1 and 2.
// Nothing is copied, whatever the number of entries: fields and entries are views into the DER.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "common/crypto/certificate.h"
#include "common/crypto/distribution_points.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::crypto {

// IssuingDistributionPoint, RFC 5280 section 5.2.5: which certificates the CRL is for.
struct CrlScope {
  ByteView value;           // the whole extension value
  DistributionPoint point;  // its name: for certificates that name the same point; may be empty
  bool users_only = false;  // for certificates of no CA
  bool cas_only = false;    // for CA certificates
  bool attributes_only = false;
};

struct Crl {
  ByteView issuer;  // DER Name
  Timestamp this_update;
  std::optional<Timestamp> next_update;
  std::optional<ByteView> number;  // big-endian magnitude
  // It may show a part of the revocations alone. Nothing: it is for every certificate of the CA.
  std::optional<CrlScope> scope;
  // Of a delta CRL: the number of the full CRL that it says the changes to.
  std::optional<ByteView> base_number;
  ByteView freshest;  // the value of the extension that says where the delta CRLs are; may be empty
  ByteView entries;   // the contents of the list; empty: none
  ByteView tbs;       // whole: what is signed
  ByteView signature_algorithm;
  ByteView signature;
};

struct CrlEntry {
  // Big-endian magnitude, as crypto::CertificateFields has it; empty: zero. Nothing: the number is
  // negative. No certificate may have either, and some have zero.
  std::optional<ByteView> serial;
  Timestamp at;
  std::uint64_t reason = 0;  // CRLReason as it stands there
  std::optional<Timestamp> invalidity_date;
};

enum class CrlKind : std::uint8_t { full, delta };

// `der` outlives the answer. Errors, permanent: malformed; unsupported for the other kind, an
// indirect CRL, one of some reasons alone, or a critical extension that is not known. Verifies
// nothing.
[[nodiscard]] Result<Crl> parse_crl(ByteView der, CrlKind kind = CrlKind::full);
// Whether `ca` signed it: name and signature; no dates. Takes SHA-1, which old CAs use. Errors:
// mismatch (another issuer), bad_signature, weak, unsupported.
[[nodiscard]] Status verify_crl(const Crl& crl, const Certificate& ca);

// Shows each entry in order. Ends with the first error: malformed, unsupported (a critical
// extension that is not known, or the entry of another issuer), or that of `visit`.
[[nodiscard]] Status for_each_entry(const Crl& crl,
                                    const std::function<Status(const CrlEntry&)>& visit);

}  // namespace certconnector::crypto
