// Errors of a signed challenge. Messages never quote the token.
#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::challenge {

enum class ChallengeErrc {
  malformed,        // not a token, or its claims are malformed
  too_large,        // more than kMaxToken characters
  bad_claims,       // claims to mint that no agent would accept
  unsupported_key,  // neither RSA nor P-256
  bad_signature     // does not verify under the key
};
[[nodiscard]] ErrorCode error_code(ChallengeErrc errc);

// "the challenge <what>".
[[nodiscard]] Error malformed_challenge(const std::string& what);

}  // namespace certconnector::challenge
