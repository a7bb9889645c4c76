// Challenges that only the management endpoint can check. The agent asks it while the device waits.
//
// The endpoint lists the permitted content, and the request must match it exactly: absent means
// none, never any. The endpoint's text and the text of a failed question go to the log and the
// report. The agent removes the challenge from them.
#pragma once

#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/challenge_validation_pool.h"

namespace certconnector::enrollment {

class EndpointCheck final : public ChallengeCheck {
 public:
  // `validation_pool` outlives the check.
  explicit EndpointCheck(ChallengeValidationPool& validation_pool)
      : validation_pool_(validation_pool) {}

  [[nodiscard]] bool waits(const ChallengeQuery& query) const override;
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  ChallengeValidationPool& validation_pool_;
};

}  // namespace certconnector::enrollment
