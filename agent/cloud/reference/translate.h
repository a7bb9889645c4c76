// Between the wire's types (proto/management) and core's.
#pragma once

#include <string>
#include <vector>

#include "agent/cloud/reference/server_clock.h"
#include "agent/core/ports/challenge_validator.h"
#include "agent/core/ports/heartbeat_sink.h"
#include "agent/core/ports/job_feed.h"
#include "agent/core/ports/result_sink.h"
#include "proto/management/messages.h"

namespace certconnector::cloud {

// `instance` is the endpoint's configured name. Times become local ones.
[[nodiscard]] core::LeasedJobs to_core(management::LeaseAnswer answer, const std::string& instance,
                                       const ServerClock& server);
[[nodiscard]] std::vector<core::LeaseStanding> to_core(
    const std::vector<management::LeaseStanding>& standings, const ServerClock& server);
[[nodiscard]] std::vector<management::LeaseClaim> to_wire(
    const std::vector<core::LeaseClaim>& leases);
[[nodiscard]] management::JobResult to_wire(const core::Report& report, const ServerClock& server);
[[nodiscard]] core::ReportedItem to_core(const management::ResultStanding& standing);
[[nodiscard]] management::ChallengeQuestion to_wire(const core::ChallengeQuestion& question,
                                                    const std::string& request_id);
[[nodiscard]] core::ChallengeVerdict to_core(management::ChallengeAnswer answer);
[[nodiscard]] management::Heartbeat to_wire(const core::Heartbeat& heartbeat);

}  // namespace certconnector::cloud
