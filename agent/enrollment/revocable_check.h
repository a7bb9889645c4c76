// Another check, without the challenges that a person withdrew. For challenges that others make.
#pragma once

#include <memory>

#include "agent/core/ports/challenge_ledger.h"
#include "agent/enrollment/challenge_check.h"

namespace certconnector::enrollment {

class RevocableCheck final : public ChallengeCheck {
 public:
  // `check` is not null; `ledger` outlives this.
  RevocableCheck(std::shared_ptr<const ChallengeCheck> check, core::ChallengeLedger& ledger);

  // Asks the ledger by the authorization's id.
  [[nodiscard]] bool waits(const ChallengeQuery& query) const override {
    return check_->waits(query);
  }
  [[nodiscard]] CheckAnswer check(const ChallengeQuery& query, Timestamp now) const override;

 private:
  std::shared_ptr<const ChallengeCheck> check_;
  core::ChallengeLedger& ledger_;
};

}  // namespace certconnector::enrollment
