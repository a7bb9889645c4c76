#include "agent/enrollment/revocable_check.h"

#include <utility>

#include "agent/core/failure_codes.h"

namespace certconnector::enrollment {

RevocableCheck::RevocableCheck(std::shared_ptr<const ChallengeCheck> check,
                               core::ChallengeLedger& ledger)
    : check_(std::move(check)), ledger_(ledger) {}

CheckAnswer RevocableCheck::check(const ChallengeQuery& query, Timestamp now) const {
  CheckAnswer answer = check_->check(query, now);
  const auto* permit = std::get_if<Permit>(&answer);
  if (permit == nullptr) return answer;
  const auto revoked = ledger_.is_revoked(permit->id);
  if (!revoked.ok()) return CannotCheck{revoked.error().message()};
  if (!*revoked) return answer;
  return Refusal{core::failed(core::failure::kChallengeRevoked, "The challenge " + permit->id +
                                                                    " was withdrawn (device " +
                                                                    permit->device + ")."),
                 permit->id, permit->device};
}

}  // namespace certconnector::enrollment
