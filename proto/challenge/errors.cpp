#include "proto/challenge/errors.h"

namespace certconnector::challenge {

ErrorCode error_code(ChallengeErrc errc) {
  switch (errc) {
    case ChallengeErrc::malformed:
      return {"challenge", "malformed"};
    case ChallengeErrc::too_large:
      return {"challenge", "too_large"};
    case ChallengeErrc::bad_claims:
      return {"challenge", "bad_claims"};
    case ChallengeErrc::unsupported_key:
      return {"challenge", "unsupported_key"};
    case ChallengeErrc::bad_signature:
      return {"challenge", "bad_signature"};
  }
  return {"challenge", "unknown"};
}

Error malformed_challenge(const std::string& what) {
  return {ChallengeErrc::malformed, ErrorKind::permanent, "the challenge " + what};
}

}  // namespace certconnector::challenge
