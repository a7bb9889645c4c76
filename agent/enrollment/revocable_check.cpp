#include "agent/enrollment/revocable_check.h"

#include <utility>

#include "agent/core/failure_codes.h"

namespace certconnector::enrollment {

RevocableCheck::RevocableCheck(std::shared_ptr<const ChallengeCheck> check,
                               core::ChallengeLedger& ledger)
    : check_(std::move(check)), ledger_(ledger) {}

CheckAnswer RevocableCheck::check(const ChallengeQuery& query, Timestamp now) const {
  CheckAnswer answer = check_->check(query, now);
  const auto* authorization = std::get_if<ChallengeAuthorization>(&answer);
  if (authorization == nullptr) return answer;
  const auto revoked = ledger_.is_revoked(authorization->id);
  if (!revoked.ok()) return Unavailable{revoked.error().message()};
  if (!*revoked) return answer;
  return Denied{core::failed(core::failure::kChallengeRevoked,
                             "The challenge " + authorization->id + " was withdrawn (device " +
                                 authorization->device + ")."),
                authorization->id, authorization->device};
}

}  // namespace certconnector::enrollment
