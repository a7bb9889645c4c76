// Findings about the jobs of the last hours, for the person who looks after the agent.
#pragma once

#include <vector>

#include "agent/core/health.h"
#include "agent/core/ports/job_store.h"

namespace certconnector::jobs {

inline constexpr std::chrono::hours kFailuresOf{1};  // counted against all that ended
inline constexpr std::chrono::hours kDeadOf{24};     // a dead job stays until a person acts
inline constexpr std::chrono::hours kApprovalOf{1};  // a person may take this long

// Each newest first, and as many as one page has.
struct RecentJobs {
  core::JobOutcomes ended;               // in kFailuresOf
  std::vector<core::JobRecord> failed;   // in kFailuresOf
  std::vector<core::JobRecord> dead;     // in kDeadOf
  std::vector<core::JobRecord> waiting;  // now
  std::vector<core::JobRecord> held;     // now
  // Now; queued or waiting for a CA that the agent does not serve.
  std::vector<core::JobRecord> without_ca;
};

// Components "jobs" and "enrollments": the jobs of the cloud, of a person and of the agent, and
// what devices asked for.
[[nodiscard]] std::vector<core::HealthFinding> outcome_findings(const RecentJobs& jobs,
                                                                Timestamp now);

}  // namespace certconnector::jobs
