// What another program knew of a CA before the agent had it, from its files into the certificate
// store. Each is verified with the CA's certificate. Doing it again changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/earlier_records.h"
#include "agent/core/ports/certificate_store.h"
#include "common/crypto/certificate.h"
#include "common/crypto/crl.h"
#include "common/result/result.h"
#include "common/text/bytes.h"
#include "common/time/clock.h"

namespace certconnector::ca {

// A CRL number as the store counts, in 63 bits; nothing: it is larger. Big-endian.
[[nodiscard]] std::optional<std::uint64_t> small_number(ByteView magnitude);

// The reason that the field does not know is unspecified.
[[nodiscard]] core::RevocationRecord revocation_of(const crypto::CrlEntry& entry);

// The store knows a CA by name and key under this.
[[nodiscard]] core::CaKeyId ca_key_id(const crypto::Certificate& ca);
[[nodiscard]] core::CaFingerprint fingerprint_of(const crypto::Certificate& ca);

// A certificate that the store has not seen may be another one of a CA that it knows.
[[nodiscard]] Status name_new_certificate(core::CertificateStore& store,
                                          const crypto::Certificate& ca);

inline constexpr std::size_t kMaxCrlSize = std::size_t{64} * 1024 * 1024;  // octets

// One transaction for each of at most this many rows.
inline constexpr std::size_t kEarlierBatch = 500;

// The revocations of a full CRL; its number is used up. Errors, permanent: those of parse_crl,
// verify_crl and for_each_entry (nothing was changed); the store's (a part may be there).
[[nodiscard]] Result<core::EarlierTaken> take_crl(const crypto::Certificate& ca, ByteView crl,
                                                  core::CertificateStore& store, Timestamp now);
// At most kEarlierBatch. A certificate that is not of this CA is refused by its index. Errors: the
// store's.
[[nodiscard]] Result<core::EarlierTaken> take_certificates(const crypto::Certificate& ca,
                                                           const std::vector<Bytes>& certificates,
                                                           core::CertificateStore& store,
                                                           Timestamp now);
// Of a list that nobody signed, as the person vouches for it. At most kEarlierBatch.
[[nodiscard]] Result<core::EarlierTaken> take_revocations(
    const crypto::Certificate& ca, const std::vector<core::EarlierRevocation>& revocations,
    core::CertificateStore& store);

// As take_certificates() records it.
[[nodiscard]] core::CertificateEntry earlier_entry(const crypto::Certificate& certificate);

}  // namespace certconnector::ca
