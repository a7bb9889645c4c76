// Leases jobs, writes them, and only then acknowledges them. One loop; interrupt() alone is
// thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/jobs/ca_registry.h"
#include "agent/jobs/job_intake.h"
#include "agent/jobs/scheduler.h"
#include "agent/upstream/upstream_session.h"

namespace certconnector::upstream {

struct PollerSettings {
  std::size_t max_jobs = 100;     // in one lease, 1 to 500
  std::size_t high_water = 2000;  // jobs queued or running here beyond which none are leased
  Duration wait{30000};           // long poll, at most 30 s
  Duration lease{300000};
};

class Poller {
 public:
  // `session` has the role of the feed. All but the settings outlive the poller.
  Poller(const UpstreamSession& session, core::JobStore& store, jobs::Scheduler& scheduler,
         jobs::CaRegistry& cas, jobs::JobIntake& intake, PollerSettings settings);

  Duration step(const StopToken& stop);
  // Ends a long poll that is under way, because the CAs or the operating mode have changed.
  void interrupt();

 private:
  // A job that is stored here, and the endpoint does not know it yet.
  struct Unacknowledged {
    core::JobKey key;
    std::uint64_t lease = 0;
  };
  [[nodiscard]] std::vector<core::CaFingerprint> servable(Timestamp now) const;
  [[nodiscard]] Result<std::size_t> room();
  [[nodiscard]] Result<core::LeasedJobs> lease(const core::LeaseQuery& query,
                                               const StopToken& stop);
  [[nodiscard]] Duration take_in(const core::LeasedJobs& leased, const StopToken& stop);
  void keep_claims(const std::vector<core::NewJob>& jobs,
                   const std::vector<core::InsertResult>& results);
  [[nodiscard]] Duration acknowledge(const StopToken& stop);
  void give_up(const std::vector<Unacknowledged>& lost);

  const UpstreamSession& session_;
  core::JobFeed& feed_;
  core::JobStore& store_;
  jobs::Scheduler& scheduler_;
  jobs::CaRegistry& cas_;
  jobs::JobIntake& intake_;
  EndpointPace pace_;
  PollerSettings settings_;

  std::vector<Unacknowledged> unacknowledged_;
  std::mutex mutex_;
  std::optional<StopSource> polling_;  // the long poll under way
  std::atomic<bool> interrupted_{false};
};

}  // namespace certconnector::upstream
