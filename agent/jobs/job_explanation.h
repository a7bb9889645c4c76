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

// `now` is Clock::now(); `state` the agent's: a job that is queued waits for more than its turn
// while the agent rests.
[[nodiscard]] JobExplanation explain(const core::JobRecord& job,
                                     const std::vector<core::JobEvent>& history, Timestamp now,
                                     OperatingState state = OperatingState::working);

}  // namespace certconnector::jobs
