#include "agent/jobs/lifecycle/life_steps.h"

#include <utility>

#include "common/text/clip.h"

namespace certconnector::jobs {

bool move(JobLife& job, JobTrigger trigger) {
  const auto next = next_state(job.state, trigger);
  if (!next) return false;
  job.state = *next;
  return true;
}

core::JobEvent note(Timestamp at, std::string kind, const std::string& message) {
  return {at, std::move(kind), clip_message(message)};
}

JobChange changed(JobLife job) {
  JobChange change;
  change.job = std::move(job);
  return change;
}

JobChange noted(JobLife job, core::JobEvent event) {
  JobChange change = changed(std::move(job));
  change.notes.push_back(std::move(event));
  return change;
}

void requeue(JobLife& job, Timestamp due) {
  job.due = due;
  job.ended_as.reset();
  job.finished.reset();
  job.report_at.reset();
  job.closed_at.reset();
  job.awaiting_approval = false;
}

JobChange end(JobLife job, core::Outcome outcome, Timestamp now) {
  job.ended_as = job.state;
  job.finished = now;
  job.interrupted = false;
  job.awaiting_approval = false;
  job.pending_request.reset();
  if (job.reports) {
    job.report_at = now;
  } else {
    // The agent reports it to no cloud.
    job.closed_at = now;
    static_cast<void>(move(job, JobTrigger::acknowledged));
  }
  JobChange change = changed(std::move(job));
  change.outcome = std::move(outcome);
  return change;
}

std::string clip_message(const std::string& text) {
  constexpr std::size_t kMaxMessage = 1024;
  return std::string(clip(text, kMaxMessage));
}

}  // namespace certconnector::jobs
