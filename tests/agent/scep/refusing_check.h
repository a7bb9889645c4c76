// A challenge check for services without enrollments.
#pragma once

#include "agent/core/failure_codes.h"
#include "agent/enrollment/challenge_check.h"

namespace certconnector::scep {

class RefusingCheck final : public enrollment::ChallengeCheck {
 public:
  [[nodiscard]] enrollment::CheckAnswer check(const enrollment::ChallengeQuery& /*query*/,
                                              Timestamp /*now*/) const override {
    return enrollment::Denied{core::failed(core::failure::kChallengeWrong, "no such challenge")};
  }
};

}  // namespace certconnector::scep
