// Says before a claimed job goes to its CA whether it is still this agent's. The upstream sessions
// that leased the jobs implement it; jobs without a lease need no guard.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "common/time/stop.h"

namespace certconnector::jobs {

// Thread-safe.
class LeaseGuard {
 public:
  virtual ~LeaseGuard() = default;

  // One verdict for each job in order: nothing for a job that is ours, LeaseLost when the cloud
  // gave it away, RetryLater when its lease has ended and the cloud cannot be asked.
  virtual std::vector<std::optional<core::Verdict>> check(
      const std::vector<const core::ClaimedJob*>& jobs, const StopToken& stop) = 0;
};

}  // namespace certconnector::jobs
