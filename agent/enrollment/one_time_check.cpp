#include "agent/enrollment/one_time_check.h"

#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/enrollment/one_time_password.h"
#include "common/time/rfc3339.h"

namespace certconnector::enrollment {
namespace {

constexpr std::string_view kMakeAnother =
    "; make another one with `certconnector challenge new --service ";

CheckAnswer authorization_for(core::PasswordChallenge challenge) {
  ChallengeAuthorization authorization;
  authorization.id = std::move(challenge.id);
  authorization.device = std::move(challenge.device);
  authorization.template_name = std::move(challenge.template_name);
  if (challenge.subject) {
    authorization.expected.subject = std::move(challenge.subject);
    authorization.expected.subject_alt_names = std::move(challenge.subject_alt_names);
  }
  authorization.not_after = challenge.valid_until;
  authorization.single_use = true;
  return authorization;
}

Denied ended(const core::FailureCode& code, const core::PasswordChallenge& challenge,
             const std::string& how) {
  return {core::failed(code, "The challenge password " + challenge.id + how +
                                 std::string(kMakeAnother) + challenge.service + "`."),
          challenge.id, challenge.device};
}

}  // namespace

CheckAnswer OneTimeCheck::check(const ChallengeQuery& query, Timestamp now) const {
  if (query.password.empty()) {
    return Denied{core::failed(core::failure::kChallengeMissing,
                               "The request carries no challenge password.")};
  }
  auto found = ledger_.find(std::string(query.service), password_digest(query.password), now);
  if (!found.ok()) return Unavailable{found.error().message()};
  if (!found->has_value()) {
    return Denied{core::failed(core::failure::kChallengeWrong,
                               "The SCEP service " + std::string(query.service) +
                                   " has no such challenge password, or not any more.")};
  }
  core::PasswordChallenge& challenge = (*found)->challenge;
  switch ((*found)->state) {
    case core::ChallengeState::open:
    case core::ChallengeState::in_use:
    case core::ChallengeState::used:
      return authorization_for(std::move(challenge));
    case core::ChallengeState::expired:
      return ended(core::failure::kChallengeExpired, challenge,
                   " expired at " + to_rfc3339(challenge.valid_until));
    case core::ChallengeState::revoked:
      break;
  }
  return ended(core::failure::kChallengeRevoked, challenge,
               " was withdrawn by " + (*found)->revoked_by);
}

}  // namespace certconnector::enrollment
