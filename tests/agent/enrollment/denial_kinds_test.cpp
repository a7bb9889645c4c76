#include "agent/enrollment/denial_kinds.h"

#include <gtest/gtest.h>

#include "agent/core/failure_codes.h"

namespace certconnector::enrollment {
namespace {

TEST(DenialKinds, TellGuessesFromKnownCredentials) {
  struct Row {
    const core::FailureCode& code;
    bool guess;
    bool right;
  };
  const Row rows[] = {
      {core::failure::kChallengeMissing, true, false},
      {core::failure::kChallengeWrong, true, false},
      {core::failure::kChallengeMalformed, true, false},
      {core::failure::kChallengeUntrusted, true, false},
      {core::failure::kChallengeBadSignature, true, false},
      {core::failure::kMalformedRequest, false, false},
      {core::failure::kBadSignature, false, false},
      {core::failure::kUnreadableMessage, false, false},
      {core::failure::kRenewalNotAllowed, false, false},
      {core::failure::kChallengeRefused, false, false},
      {core::failure::kChallengeExpired, false, true},
      {core::failure::kChallengeUsed, false, true},
      {core::failure::kSubjectMismatch, false, true},
      {core::failure::kUnknownTemplate, false, true},
  };
  for (const Row& row : rows) {
    const core::Failed refusal = core::failed(row.code, "no");
    EXPECT_EQ(is_guess(refusal), row.guess) << row.code.name;
    EXPECT_EQ(presented_known_credential(refusal), row.right) << row.code.name;
  }
}

}  // namespace
}  // namespace certconnector::enrollment
