// The steps that the rules of a job's life are made of. For job_lifecycle.cpp and
// person_decisions.cpp alone.
#pragma once

#include <string>

#include "agent/jobs/lifecycle/job_lifecycle.h"

namespace certconnector::jobs {

// False, and no change: the table does not allow it.
[[nodiscard]] bool move(JobLife& job, JobTrigger trigger);
// Back to the queue, to be claimed from `due` on.
void requeue(JobLife& job, Timestamp due);

[[nodiscard]] core::JobEvent note(Timestamp at, std::string kind, const std::string& message);
[[nodiscard]] JobChange changed(JobLife job);
[[nodiscard]] JobChange noted(JobLife job, core::JobEvent event);

}  // namespace certconnector::jobs
