// One-time challenge passwords, which a person makes with the agent and passes on.
//
// A password that has begun an enrollment stays good for that one, also after its end: the device
// may repeat its request and gets the same certificate. It is the enrollment ledger that refuses it
// to anybody else, so the check lets such a password through and says whose it is. After its end
// nothing new begins with it, and an NDES, who would issue anew, is no longer told that it is good
// (registration_point.h).
#pragma once

#include "agent/core/ports/challenge_ledger.h"
#include "agent/enrollment/challenge_check.h"

namespace certconnector::enrollment {

class OneTimeCheck final : public ChallengeCheck {
 public:
  // `ledger` outlives the check.
  explicit OneTimeCheck(core::ChallengeLedger& ledger) : ledger_(ledger) {}

  // The authorization expects the subject and the alternative names that were said when the
  // password was made, and no others; without a subject it expects nothing. Usages are the
  // template's to bound. Its id is the password's. Passwords are looked up by their digest, so the
  // time it takes tells nothing of one.
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  core::ChallengeLedger& ledger_;
};

}  // namespace certconnector::enrollment
