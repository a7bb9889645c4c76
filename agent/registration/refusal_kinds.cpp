#include "agent/registration/refusal_kinds.h"

#include <algorithm>
#include <array>

#include "agent/core/failure_codes.h"

namespace certconnector::registration {
namespace {

namespace failure = core::failure;

template <std::size_t kCount>
bool is_one_of(const std::array<const core::FailureCode*, kCount>& codes,
               const core::Failed& refusal) {
  return std::any_of(codes.begin(), codes.end(),
                     [&](const core::FailureCode* code) { return code->name == refusal.code; });
}

}  // namespace

bool is_guess(const core::Failed& refusal) {
  static constexpr std::array<const core::FailureCode*, 5> kGuesses{
      &failure::kChallengeMissing, &failure::kChallengeWrong, &failure::kChallengeMalformed,
      &failure::kChallengeUntrusted, &failure::kChallengeBadSignature};
  return is_one_of(kGuesses, refusal);
}

bool has_shown_a_right(const core::Failed& refusal) {
  static constexpr std::array<const core::FailureCode*, 10> kWithoutOne{
      &failure::kBadSignature,       &failure::kUnreadableMessage,
      &failure::kUnknownMessageType, &failure::kUnsupportedAlgorithm,
      &failure::kWeakSignature,      &failure::kWeakKey,
      &failure::kMalformedRequest,   &failure::kCertificateNotFound,
      &failure::kRenewalNotAllowed,  &failure::kChallengeRefused};
  return !is_guess(refusal) && !is_one_of(kWithoutOne, refusal);
}

}  // namespace certconnector::registration
