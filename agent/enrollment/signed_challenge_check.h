// Checks signed challenges (proto/challenge) without a question to the endpoint.
//
// It checks the signature, the issuer, the service and the times first. Then the request must have
// the key, the subject, the alternative names, the key usage, the extended key usages and the SID
// of the challenge, and nothing more. An absent claim means none, never any. The request may have
// the SID as an extension or as a name, or leave it out.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/trusted_keys.h"

namespace certconnector::enrollment {

struct SignedChallengeSettings {
  std::string issuer;  // the issuer that must have made them
  // How far the clocks of the issuer and of this machine may be apart: 0 to 10 minutes.
  std::chrono::seconds clock_skew{60};
};

class SignedChallengeCheck final : public ChallengeCheck {
 public:
  SignedChallengeCheck(SignedChallengeSettings settings, std::vector<TrustedKey> keys);

  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  const SignedChallengeSettings settings_;
  const std::vector<TrustedKey> keys_;
};

}  // namespace certconnector::enrollment
