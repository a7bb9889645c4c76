// Certificates and revocations, as one BLOB each: versioned, with a checksum. Decoding is strict
// and bounded: what does not decode is damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/core/ports/certificate_store.h"
#include "common/text/bytes.h"

namespace certconnector::store {

// The device is not in the record: a column has it. Nothing when a part is larger than the database
// takes (a certificate over 256 KiB, ...).
[[nodiscard]] std::optional<Bytes> encode_certificate(const core::CertificateEntry& entry);
[[nodiscard]] std::optional<core::CertificateEntry> decode_certificate(ByteView record);

// An index holds the first eight octets of a key or a thumbprint. On disk: must never change.
[[nodiscard]] std::int64_t head_of(ByteView value);
// Of a transaction id or a device's id: the head of its SHA-256; nothing for an empty one. A text
// of 36 or 64 octets takes that much more in its index, and each change writes more pages of it.
[[nodiscard]] std::optional<std::int64_t> head_of_id(std::string_view id);

[[nodiscard]] Bytes encode_revocation(const core::RevokedSerial& revoked);
[[nodiscard]] std::optional<core::RevokedSerial> decode_revocation(ByteView record);

}  // namespace certconnector::store
