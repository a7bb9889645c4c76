// Certificates and revocations of the certificate store, as one BLOB each: versioned, with a
// checksum. Decoding is strict and bounded: what does not decode is damage.
#pragma once

#include <optional>

#include "agent/core/ports/certificate_store.h"
#include "common/text/bytes.h"

namespace certconnector::store {

// Nothing when a part is larger than the certificate store takes (a certificate over 256 KiB, ...).
[[nodiscard]] std::optional<Bytes> encode_certificate(const core::CertificateEntry& entry);
[[nodiscard]] std::optional<core::CertificateEntry> decode_certificate(ByteView record);

[[nodiscard]] Bytes encode_revocation(const core::RevokedSerial& revoked);
[[nodiscard]] std::optional<core::RevokedSerial> decode_revocation(ByteView record);

}  // namespace certconnector::store
