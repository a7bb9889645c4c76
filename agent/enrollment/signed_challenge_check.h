// Checks signed challenges (proto/challenge) without asking anyone.
//
// The signature, the issuer, the service and the times come first; then the request must have the
// key, the subject, the alternative names, the key usage, the extended key usages and the SID that
// the challenge names, and nothing that it does not: a claim that is absent means none, never any.
// A SID may be in the request as an extension or as a name, and may be left out of it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/trusted_keys.h"

namespace certconnector::enrollment {

struct SignedChallengeSettings {
  std::string issuer;  // who must have minted them
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
