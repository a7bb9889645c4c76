// Makes, lists and withdraws challenges for a person, and makes them for an NDES, by the rules of
// the [scep.NAME] sections.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/config/settings.h"
#include "agent/control/challenge_operations.h"
#include "agent/core/ports/challenge_ledger.h"
#include "common/log/log.h"

namespace certconnector::app {

// Thread-safe. Logs the id, and the person who made or withdrew it; never the password.
class ChallengeAdministration final : public control::ChallengeOperations {
 public:
  // `settings`: those in force now. All outlive the object.
  ChallengeAdministration(core::ChallengeLedger& ledger, std::function<config::Settings()> settings,
                          const Clock& clock, log::Logger& logger);

  // Errors, permanent: unknown_service, no_one_time_service, unknown_template, bad_subject,
  // bad_validity, too_many_challenges.
  Result<control::MadeChallenge> make_challenge(const control::NewChallenge& wanted,
                                                const std::string& who) override;
  Result<control::ChallengeList> challenges(const std::optional<std::string>& service) override;
  // Error, permanent: no_such_challenge.
  Result<std::optional<core::ChallengeState>> revoke_challenge(const std::string& id,
                                                               const std::string& who) override;

 private:
  core::ChallengeLedger& ledger_;
  std::function<config::Settings()> settings_;
  const Clock& clock_;
  log::Logger& logger_;
};

}  // namespace certconnector::app
