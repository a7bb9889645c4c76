// A job's life in sentences for a person: what happened, why, and what comes next.
#pragma once

#include <string>
#include <vector>

#include "agent/core/ports/job_store.h"
#include "agent/jobs/operating_mode.h"

namespace certconnector::jobs {

struct JobExplanation {
  std::vector<std::string> happened;  // oldest first, each begins with its time (RFC 3339)
  std::string why;                    // of the state it is in
  std::string next;                   // what comes next, or what a person can do
};

// What a job waits for beside its turn.
struct JobSurroundings {
  OperatingState state = OperatingState::working;  // the agent's
  bool ca_served = true;                           // by the agent
};

// `now` is Clock::now().
[[nodiscard]] JobExplanation explain(const core::JobRecord& job,
                                     const std::vector<core::JobEvent>& history, Timestamp now,
                                     const JobSurroundings& around = {});

}  // namespace certconnector::jobs
