// The last look at the leases before a CA is called: a job is submitted only while it is ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/core/ports/management_endpoint.h"
#include "agent/jobs/lease_guard.h"
#include "common/log/log.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::upstream {

struct LeaseSettings {
  Duration lease{300000};  // asked for
  Duration margin{20000};  // a lease with less left is extended before the CA is called
};

// Thread-safe.
class LeaseCheck final : public jobs::LeaseGuard {
 public:
  LeaseCheck(core::ManagementEndpoint& endpoint, core::JobStore& store, const Clock& clock,
             runtime::RetryPolicy retry, runtime::RandomSource& random, log::Logger& logger,
             LeaseSettings settings);

  std::vector<std::optional<core::Verdict>> check(const std::vector<const core::ClaimedJob*>& jobs,
                                                  const StopToken& stop) override;

 private:
  void extend(const std::vector<const core::ClaimedJob*>& jobs,
              const std::vector<std::size_t>& which,
              std::vector<std::optional<core::Verdict>>& verdicts, const StopToken& stop);
  [[nodiscard]] std::optional<core::Verdict> without_answer(const core::ClaimedJob& job,
                                                            const std::string& why);

  core::ManagementEndpoint& endpoint_;
  core::JobStore& store_;
  const Clock& clock_;
  runtime::RetryPolicy retry_;
  runtime::RandomSource& random_;
  log::Logger& logger_;
  LeaseSettings settings_;
};

}  // namespace certconnector::upstream
