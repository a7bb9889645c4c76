// Says whether a device's challenge is good. It knows only challenges that the endpoint minted.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/time/clock.h"
#include "tests/endpoint/challenge_mint.h"
#include "tests/endpoint/device_request.h"
#include "tests/endpoint/faults.h"
#include "tests/endpoint/http_message.h"

namespace certconnector::endpoint {

class ChallengeCheck {
 public:
  // All outlive it.
  ChallengeCheck(const ChallengeMint& mint, Faults& faults, const Clock& clock)
      : mint_(mint), faults_(faults), clock_(clock) {}

  // Answers /challenges/check. Uses nothing up: the first result that names a challenge uses it.
  // The answer holds the content that the certificate may have, and the agent compares it. The
  // endpoint compares only the claims about the key, which the answer does not hold.
  [[nodiscard]] Response check(const nlohmann::json& body);

 private:
  struct Denied {
    std::string code, message;
  };
  // Fills in the claims.
  [[nodiscard]] std::optional<Denied> read(const std::string& challenge,
                                           nlohmann::json& claims) const;
  [[nodiscard]] std::optional<Denied> judge(const nlohmann::json& claims,
                                            const std::string& service,
                                            const DeviceRequest& request) const;

  const ChallengeMint& mint_;
  Faults& faults_;
  const Clock& clock_;
};

}  // namespace certconnector::endpoint
