// A RevocationCheck that answers what a test says.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "agent/enrollment/revocation_check.h"

namespace certconnector::testing {

class FakeRevocationCheck final : public enrollment::RevocationCheck {
 public:
  std::optional<enrollment::RevocationAnswer> check(const crypto::Certificate& /*certificate*/,
                                                    Timestamp /*now*/, bool may_wait) override {
    ++asked;
    if (needs_waiting && !may_wait) return std::nullopt;
    return answer;
  }
  bool post(Task task) override {
    task(true);
    return true;
  }

  enrollment::RevocationAnswer answer = enrollment::NotRevoked{};
  bool needs_waiting = false;
  int asked = 0;
};

}  // namespace certconnector::testing
