// A challenge check for services that nobody enrols at.
#pragma once

#include "agent/core/failure_codes.h"
#include "agent/registration/challenge_check.h"

namespace certconnector::scep {

class RefusingCheck final : public registration::ChallengeCheck {
 public:
  [[nodiscard]] registration::CheckAnswer check(const registration::ChallengeQuery& /*query*/,
                                                Timestamp /*now*/) const override {
    return registration::Refusal{core::failed(core::failure::kChallengeWrong, "no such challenge")};
  }
};

}  // namespace certconnector::scep
