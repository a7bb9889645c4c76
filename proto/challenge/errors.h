// What can be wrong with a signed challenge. Messages never quote the token.
#pragma once

#include <string>

#include "common/result/error.h"

namespace certconnector::challenge {

enum class ChallengeErrc {
  malformed,        // not a token, or its claims are not as they must be
  too_large,        // more than kMaxToken characters
  bad_claims,       // to be minted, but nobody would read them
  unsupported_key,  // neither RSA nor P-256
  bad_signature     // does not verify under the key
};
[[nodiscard]] ErrorCode error_code(ChallengeErrc errc);

// "the challenge <what>".
[[nodiscard]] Error malformed_challenge(const std::string& what);

}  // namespace certconnector::challenge
