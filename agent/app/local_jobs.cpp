#include "agent/app/local_jobs.h"

#include <utility>

#include "agent/app/errors.h"
#include "agent/jobs/lifecycle/job_transitions.h"

namespace certconnector::app {

Result<core::JobRecord> LocalJobs::run_job(const core::NewJob& job, Duration patience) {
  Wakeup changed;
  const runtime::Subscription settled(outcome_writer_.settled(), changed);
  const runtime::Subscription by_others(intake_.to_report(), changed);
  CC_TRY(intake_.insert({job}));
  const Timestamp until = clock_.now() + patience;
  for (;;) {
    CC_TRY_ASSIGN(auto found, store_.find(job.job.key));
    if (!found) {
      return Error(AppErrc::job_gone, ErrorKind::permanent, "the job is gone");
    }
    const Duration left = until - clock_.now();
    const bool over = left <= Duration(0) || stop_.stop_requested();
    if (over || jobs::is_finished(found->state)) return std::move(*found);
    changed.wait(left, stop_);
  }
}

void LocalJobs::jobs_changed() { intake_.jobs_changed(); }

}  // namespace certconnector::app
