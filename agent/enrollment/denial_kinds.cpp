#include "agent/enrollment/denial_kinds.h"

#include <algorithm>
#include <array>

#include "agent/core/failure_codes.h"

namespace certconnector::enrollment {
namespace {

template <std::size_t kCount>
bool is_one_of(const std::array<const core::FailureCode*, kCount>& codes,
               const core::Failed& denial) {
  return std::any_of(codes.begin(), codes.end(),
                     [&](const core::FailureCode* code) { return code->name == denial.code; });
}

}  // namespace

bool is_guess(const core::Failed& denial) {
  static constexpr std::array<const core::FailureCode*, 5> kGuesses{
      &core::failure::kChallengeMissing, &core::failure::kChallengeWrong,
      &core::failure::kChallengeMalformed, &core::failure::kChallengeUntrusted,
      &core::failure::kChallengeBadSignature};
  return is_one_of(kGuesses, denial);
}

bool presented_known_credential(const core::Failed& denial) {
  static constexpr std::array<const core::FailureCode*, 11> kWithoutOne{
      &core::failure::kBadSignature,       &core::failure::kUnreadableMessage,
      &core::failure::kUnknownMessageType, &core::failure::kUnsupportedAlgorithm,
      &core::failure::kWeakSignature,      &core::failure::kWeakKey,
      &core::failure::kMalformedRequest,   &core::failure::kCertificateNotFound,
      &core::failure::kRenewalNotAllowed,  &core::failure::kRevocationUnknown,
      &core::failure::kChallengeRefused};
  return !is_guess(denial) && !is_one_of(kWithoutOne, denial);
}

bool has_ended(const core::Failed& denial) {
  static constexpr std::array<const core::FailureCode*, 5> kEnds{
      &core::failure::kChallengeExpired, &core::failure::kChallengeUsed,
      &core::failure::kChallengeRevoked, &core::failure::kChallengeUntrusted,
      &core::failure::kRenewalNotAllowed};
  return is_one_of(kEnds, denial);
}

}  // namespace certconnector::enrollment
