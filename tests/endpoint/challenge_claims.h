// The claims of a signed challenge, from an administrator's wish. Written anew from the text in
// proto/challenge/claims_codec.h: it shares no code with what it checks.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::endpoint {

struct ChallengeFrame {
  std::string key_id;
  std::string issuer;  // when the wish names none
  Timestamp now;
};

// The payload's members. `wish`: service, device, and if wanted issuer, id (else random),
// starts_in_seconds (0), lifetime_seconds (3600), subject, subject_alt_names and key_usage as in a
// job, extended_key_usage, sid, template, key_kind with key_bits, key_sha256 in hex. Errors:
// malformed.
[[nodiscard]] Result<nlohmann::json> challenge_claims(const nlohmann::json& wish,
                                                      const ChallengeFrame& frame);

// The same as the permit of an answer to /challenges/check.
[[nodiscard]] nlohmann::json permit_of(const nlohmann::json& claims);

}  // namespace certconnector::endpoint
