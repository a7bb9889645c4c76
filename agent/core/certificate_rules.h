// The rules of certificate stores for labels, revocations and purges. Pure; RFC 5280 section 5.3.1
// for holds.
#pragma once

#include <optional>

#include "agent/core/ports/certificate_store.h"

namespace certconnector::core {

// Under what the certificate of an issue job is recorded.
[[nodiscard]] CertificateLabel label_of(const Job& job);

// A certificate that no job of the agent brought.
[[nodiscard]] CertificateEntry entry_without_job(IssuedCertificate certificate);

//   stands          asked for: a hold   to lift a hold   any other reason
//   -------------   -----------------   --------------   ----------------
//   nothing         revoked             not_held         revoked
//   a hold          already_revoked     hold_lifted      revoked
//   another reason  already_revoked     not_held         already_revoked
[[nodiscard]] RevokeChange revoke_change(const std::optional<RevocationRecord>& standing,
                                         RevocationReason asked);
// Whether no certificate of the lineage renews any more. Also when the certificate was revoked for
// another reason before, which stays: the agent itself revokes what was renewed.
[[nodiscard]] bool compromises_lineage(RevokeChange change, RevocationReason asked);
// Of one certificate, by two states of the store: whether `other` stands instead. A hold ends in
// another reason, never the other way round.
[[nodiscard]] bool outweighs(const RevocationRecord& other, const RevocationRecord& standing);
// Whether the next CRL shows something else.
[[nodiscard]] bool changes_crl(RevokeChange change);

// The end of a certificate that nobody knows (RFC 5280 section 4.1.2.5).
inline constexpr std::int64_t kUnknownEndMillis = 253402300799000;
[[nodiscard]] inline Timestamp unknown_end() { return from_millis(kUnknownEndMillis); }
// Whether a CA can have given a certificate this number: 1 to 20 octets without a leading zero (RFC
// 5280 section 4.1.2.2).
[[nodiscard]] bool is_serial_number(const Bytes& serial);

// Whether a certificate that ended before `before` may go. A revoked one stays until a CRL from
// after its end has shown it (RFC 5280 section 3.3).
[[nodiscard]] bool may_forget_certificate(Timestamp not_after, bool revoked,
                                          std::optional<Timestamp> last_crl, Timestamp before);

// The number after `last`, which is the highest that was ever taken or published; never below
// `least`.
[[nodiscard]] std::uint64_t next_crl_number(std::uint64_t last, std::uint64_t least);

// Not below any number that a CA can have taken after `known`, the last one at `since`: at most one
// a second, and none but those above the seconds since 1970, by a clock that was at most a day
// ahead.
[[nodiscard]] std::uint64_t crl_number_beyond(std::uint64_t known, Timestamp since, Timestamp now);

}  // namespace certconnector::core
