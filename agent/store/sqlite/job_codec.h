// The parts of a job that the store only keeps: its request and its outcome, as one BLOB each.
// Compact, versioned, with a checksum. Decoding is strict and bounded: what does not decode is
// damage.
#pragma once

#include <optional>
#include <variant>

#include "agent/core/job.h"
#include "common/text/bytes.h"
#include "common/text/clip.h"

namespace certconnector::store {

using JobRequest = std::variant<core::IssueRequest, core::RevokeRequest>;

// Nothing when a part is larger than the store takes (a PKCS#10 over 64 KiB, ...).
[[nodiscard]] std::optional<Bytes> encode_request(const JobRequest& request);
[[nodiscard]] std::optional<JobRequest> decode_request(ByteView record);

// Texts for a person are cut to 4 KiB. The record of an issued outcome is without its certificate.
[[nodiscard]] Bytes encode_outcome(const core::Outcome& outcome);
// `certificate`: the record of its certificate (certificate_codec.h), for an issued outcome.
[[nodiscard]] std::optional<core::Outcome> decode_outcome(ByteView record, ByteView certificate);

}  // namespace certconnector::store
