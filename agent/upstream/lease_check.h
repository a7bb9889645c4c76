// The last look at the leases before a CA is called: a job is submitted only while it is ours. Asks
// the cloud that leased the job; jobs without a lease are nobody's to check.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/jobs/lease_guard.h"
#include "agent/upstream/upstream_session.h"

namespace certconnector::upstream {

struct LeaseSettings {
  Duration lease{300000};  // asked for
  Duration margin{20000};  // a lease with less left is extended before the CA is called
};

// Thread-safe.
class LeaseCheck final : public jobs::LeaseGuard {
 public:
  // The sessions' shares hold every leased job. Their referents outlive it.
  LeaseCheck(std::vector<UpstreamSession> sessions, core::JobStore& store, LeaseSettings settings);

  std::vector<std::optional<core::Verdict>> check(const std::vector<const core::ClaimedJob*>& jobs,
                                                  const StopToken& stop) override;

 private:
  using Verdicts = std::vector<std::optional<core::Verdict>>;
  // Those of this session's jobs that have a lease which ends soon.
  [[nodiscard]] std::vector<std::size_t> ending(
      const UpstreamSession& session, const std::vector<const core::ClaimedJob*>& jobs) const;
  void extend(const UpstreamSession& session, const std::vector<const core::ClaimedJob*>& jobs,
              const std::vector<std::size_t>& which, Verdicts& verdicts, const StopToken& stop);
  void renew(const UpstreamSession& session, const std::vector<core::LeaseHolding>& renewed);

  const std::vector<UpstreamSession> sessions_;
  core::JobStore& store_;
  const LeaseSettings settings_;
};

}  // namespace certconnector::upstream
