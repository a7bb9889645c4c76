#include "agent/enrollment/conflict_words.h"

#include "agent/core/failure_codes.h"
#include "agent/core/overloaded.h"

namespace certconnector::enrollment {
namespace {

core::Failed in_words(core::ChallengeConflict refusal) {
  switch (refusal) {
    case core::ChallengeConflict::challenge_in_use:
      return core::failed(core::failure::kChallengeInUse,
                          "Another request presented the challenge first and is under way.");
    case core::ChallengeConflict::challenge_used:
      break;
  }
  return core::failed(core::failure::kChallengeUsed, "The challenge was already used.");
}

core::Failed in_words(core::LineageConflict refusal) {
  switch (refusal) {
    case core::LineageConflict::compromised:
      return core::failed(core::failure::kLineageCompromised,
                          "A certificate of this lineage was revoked for keyCompromise, so none of "
                          "them renews; let the device enroll anew, with a challenge.");
    case core::LineageConflict::full:
      return core::failed(
          core::failure::kLineageFull,
          "As many certificates of this lineage as renewals_in_force of the service allows are in "
          "force. Revoke those that the device lost, or let it enroll with a challenge.");
    case core::LineageConflict::too_often:
      break;
  }
  return core::failed(core::failure::kRenewedTooOften,
                      "This lineage had as many renewals in a day as renewals_a_day of the service "
                      "allows. See why the device renews so often, or let it enroll with a "
                      "challenge.");
}

}  // namespace

std::optional<core::Failed> refusal_in_words(const core::BeginAnswer& answer) {
  return std::visit(
      core::Overloaded{
          [](const core::EnrollmentStanding&) { return std::optional<core::Failed>(); },
          [](auto refusal) { return std::make_optional(in_words(refusal)); }},
      answer);
}

}  // namespace certconnector::enrollment
