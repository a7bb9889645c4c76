// Leases jobs, writes them, and only then acknowledges them. One loop; interrupt() alone is
// thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/core/authorities.h"
#include "agent/core/endpoint_health.h"
#include "agent/core/gate.h"
#include "agent/core/ports/management_endpoint.h"
#include "agent/core/ports/waypoints.h"
#include "agent/core/retry_policy.h"
#include "agent/core/scheduler.h"
#include "agent/core/storage_guard.h"

namespace certconnector::core {

struct PollerSettings {
  std::size_t max_jobs = 100;     // in one lease, 1 to 500
  std::size_t high_water = 2000;  // jobs queued or running here beyond which none are leased
  Duration wait{30000};           // long poll, at most 30 s
  Duration lease{300000};
};

class Poller {
 public:
  Poller(ManagementEndpoint& endpoint, JobStore& store, Scheduler& scheduler,
         Authorities& authorities, Gate& gate, StorageGuard& storage, EndpointHealth& health,
         Signal& to_report, const Clock& clock, RetryPolicy retry, RandomSource& random,
         Waypoints& waypoints, log::Logger& logger, PollerSettings settings);

  Duration step(const StopToken& stop);
  // Ends a long poll that is under way, because the CAs or the gate have changed.
  void interrupt();

 private:
  [[nodiscard]] std::vector<CaFingerprint> servable(Timestamp now) const;
  [[nodiscard]] std::optional<std::size_t> room();
  [[nodiscard]] Result<LeasedJobs> lease(const LeaseQuery& query, const StopToken& stop);
  [[nodiscard]] Duration take_in(const LeasedJobs& leased, const StopToken& stop);
  void keep_claims(const std::vector<NewJob>& jobs, const std::vector<InsertResult>& results);
  [[nodiscard]] Duration acknowledge(const StopToken& stop);
  void give_up(const std::vector<LeaseClaim>& lost);
  void announce(const std::vector<NewJob>& jobs, const std::vector<InsertResult>& results);
  [[nodiscard]] Duration endpoint_failed(const Error& error);

  ManagementEndpoint& endpoint_;
  JobStore& store_;
  Scheduler& scheduler_;
  Authorities& authorities_;
  Gate& gate_;
  StorageGuard& storage_;
  EndpointHealth& health_;
  Signal& to_report_;
  const Clock& clock_;
  Backoff backoff_;
  Waypoints& waypoints_;
  log::Logger& logger_;
  PollerSettings settings_;

  std::vector<LeaseClaim> unacknowledged_;  // stored here, the endpoint does not know it yet
  Timestamp not_before_;                    // a notification does not shorten a backoff
  std::mutex mutex_;
  std::optional<StopSource> polling_;  // the long poll under way
  std::atomic<bool> interrupted_{false};
};

}  // namespace certconnector::core
