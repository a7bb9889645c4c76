// The last look at the leases before a CA is called: a job is submitted only while it is ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/core/ports/management_endpoint.h"
#include "agent/core/retry_policy.h"
#include "common/log/log.h"

namespace certconnector::core {

struct LeaseSettings {
  Duration lease{300000};  // asked for
  Duration margin{20000};  // a lease with less left is extended before the CA is called
};

// Thread-safe.
class LeaseCheck {
 public:
  LeaseCheck(ManagementEndpoint& endpoint, JobStore& store, const Clock& clock, RetryPolicy retry,
             RandomSource& random, log::Logger& logger, LeaseSettings settings);

  // One verdict for each job in order: nothing for a job that is ours, LeaseLost when the endpoint
  // gave it away, RetryLater when its lease has ended and the endpoint cannot be asked.
  std::vector<std::optional<Verdict>> check(const std::vector<const ClaimedJob*>& jobs,
                                            const StopToken& stop);

 private:
  void extend(const std::vector<const ClaimedJob*>& jobs, const std::vector<std::size_t>& which,
              std::vector<std::optional<Verdict>>& verdicts, const StopToken& stop);
  [[nodiscard]] std::optional<Verdict> without_answer(const ClaimedJob& job,
                                                      const std::string& why);

  ManagementEndpoint& endpoint_;
  JobStore& store_;
  const Clock& clock_;
  RetryPolicy retry_;
  RandomSource& random_;
  log::Logger& logger_;
  LeaseSettings settings_;
};

}  // namespace certconnector::core
