// One-time challenge passwords, which a person makes with the agent and passes on.
//
// A password that began an enrollment stays good for that one, also after its end: the device may
// repeat its request and gets the same certificate. The check lets such a password through and
// names its owner; the enrollment ledger denies it to others. After its end nothing new begins with
// it. NDES would issue another certificate, so the agent then denies the password to NDES
// (ndes_service.h).
#pragma once

#include "agent/core/ports/challenge_ledger.h"
#include "agent/enrollment/challenge_check.h"

namespace certconnector::enrollment {

class OneTimeCheck final : public ChallengeCheck {
 public:
  // `ledger` outlives the check.
  explicit OneTimeCheck(core::ChallengeLedger& ledger) : ledger_(ledger) {}

  // The authorization expects the subject and the alternative names given when the password was
  // made, and no others; without a subject it expects nothing. The template bounds the usages. Its
  // id is the password's. The ledger finds passwords by their digest, so the time of a check
  // reveals nothing of a password.
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  core::ChallengeLedger& ledger_;
};

}  // namespace certconnector::enrollment
