// Challenges that only the management endpoint can judge: it is asked while the device waits.
//
// It says what the request may say, and the request must say that and nothing else: what it does
// not name means none, never any. Words of the endpoint, and of a question that failed, are for
// the log and the report, without the challenge should they hold it.
#pragma once

#include "agent/enrollment/challenge_check.h"
#include "agent/enrollment/challenge_validation_pool.h"

namespace certconnector::enrollment {

class EndpointCheck final : public ChallengeCheck {
 public:
  // `questions` outlives the check.
  explicit EndpointCheck(ChallengeValidationPool& validation_pool)
      : validation_pool_(validation_pool) {}

  [[nodiscard]] bool waits(const ChallengeQuery& query) const override;
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  ChallengeValidationPool& validation_pool_;
};

}  // namespace certconnector::enrollment
