// The management interface: finds the operation, finds the agent of the client certificate, and
// calls the service for the operation.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tests/endpoint/agent_store.h"
#include "tests/endpoint/challenge_check.h"
#include "tests/endpoint/enrollment.h"
#include "tests/endpoint/http_message.h"
#include "tests/endpoint/lease_service.h"
#include "tests/endpoint/result_service.h"

namespace certconnector::endpoint {

class ManagementApi final : public Handler {
 public:
  ManagementApi(AgentStore& agents, Enrollment& enrollment, LeaseService& leases,
                ResultService& results, ChallengeCheck& challenges, const Clock& clock)
      : agents_(agents),
        enrollment_(enrollment),
        leases_(leases),
        results_(results),
        challenges_(challenges),
        clock_(clock) {}

  [[nodiscard]] Cancel handle(Request request, Respond respond) override;

 private:
  // The agent's id, or the answer that refuses it.
  struct Caller {
    std::string agent_id;
    std::optional<Response> refusal;
  };
  [[nodiscard]] Caller authenticate(const Request& request);
  [[nodiscard]] Response heartbeat(const std::string& agent_id, const nlohmann::json& body);

  AgentStore& agents_;
  Enrollment& enrollment_;
  LeaseService& leases_;
  ResultService& results_;
  ChallengeCheck& challenges_;
  const Clock& clock_;
};

}  // namespace certconnector::endpoint
