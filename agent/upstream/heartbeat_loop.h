// The heartbeat: tells the endpoint how the agent and its CAs are. Never waits for a CA. One loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/core/ports/management_endpoint.h"
#include "agent/jobs/ca_registry.h"
#include "agent/jobs/operating_mode.h"
#include "agent/upstream/endpoint_health.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::upstream {

struct HeartbeatSettings {
  std::string version;
  Duration interval{60000};
};

class HeartbeatLoop {
 public:
  // `identity_not_after` is asked at each beat, on the loop's thread.
  HeartbeatLoop(core::ManagementEndpoint& endpoint, core::JobStore& store,
                jobs::CaRegistry& authorities, jobs::OperatingMode& operating_mode,
                EndpointHealth& health, const Clock& clock, runtime::RetryPolicy retry,
                runtime::RandomSource& random, log::Logger& logger, HeartbeatSettings settings,
                std::function<std::optional<Timestamp>()> identity_not_after);

  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] core::Heartbeat heartbeat();

  core::ManagementEndpoint& endpoint_;
  core::JobStore& store_;
  jobs::CaRegistry& cas_;
  jobs::OperatingMode& operating_mode_;
  EndpointHealth& health_;
  const Clock& clock_;
  runtime::Backoff backoff_;
  log::Logger& logger_;
  Timestamp not_before_;  // a notification does not shorten a backoff
  HeartbeatSettings settings_;
  std::function<std::optional<Timestamp>()> identity_not_after_;
};

}  // namespace certconnector::upstream
