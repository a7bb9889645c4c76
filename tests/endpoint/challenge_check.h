// Says whether a device's challenge is good: those that the endpoint has minted itself.
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

  // Answers /challenges/check. Uses nothing up: a challenge is used by the first result that names
  // it. What the certificate may say is told, and compared by the agent; what only the challenge
  // says of the key is compared here.
  [[nodiscard]] Response check(const nlohmann::json& body);

 private:
  struct Refusal {
    std::string code, message;
  };
  // Fills in the claims.
  [[nodiscard]] std::optional<Refusal> read(const std::string& challenge,
                                            nlohmann::json& claims) const;
  [[nodiscard]] std::optional<Refusal> judge(const nlohmann::json& claims,
                                             const std::string& service,
                                             const DeviceRequest& request) const;

  const ChallengeMint& mint_;
  Faults& faults_;
  const Clock& clock_;
};

}  // namespace certconnector::endpoint
