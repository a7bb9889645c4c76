// The heartbeat: tells the endpoint how the agent is, and keeps the health of the CAs up to date.
// One loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/core/authorities.h"
#include "agent/core/endpoint_health.h"
#include "agent/core/gate.h"
#include "agent/core/ports/management_endpoint.h"
#include "agent/core/retry_policy.h"

namespace certconnector::core {

struct HeartSettings {
  std::string version;
  Duration interval{60000};
};

class Heart {
 public:
  // `identity_not_after` is asked at each beat, on the loop's thread.
  Heart(ManagementEndpoint& endpoint, JobStore& store, Authorities& authorities, Gate& gate,
        EndpointHealth& health, const Clock& clock, RetryPolicy retry, RandomSource& random,
        log::Logger& logger, HeartSettings settings,
        std::function<std::optional<Timestamp>()> identity_not_after);

  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] Heartbeat heartbeat();

  ManagementEndpoint& endpoint_;
  JobStore& store_;
  Authorities& authorities_;
  Gate& gate_;
  EndpointHealth& health_;
  const Clock& clock_;
  Backoff backoff_;
  log::Logger& logger_;
  Timestamp not_before_;  // a notification does not shorten a backoff
  HeartSettings settings_;
  std::function<std::optional<Timestamp>()> identity_not_after_;
};

struct QueueTotals {
  std::uint64_t unfinished = 0;  // queued, running, waiting or held
  std::uint64_t active = 0;      // of these queued or running: they compete for the CAs
  std::uint64_t unreported = 0;  // succeeded, failed or dead
};
[[nodiscard]] QueueTotals queue_totals(const std::vector<JobCount>& counts);

}  // namespace certconnector::core
