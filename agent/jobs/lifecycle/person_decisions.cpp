// A person's decisions about a job: whether they are allowed, and the change that they make.
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/jobs/lifecycle/job_lifecycle.h"
#include "agent/jobs/lifecycle/life_steps.h"
#include "common/time/rfc3339.h"

namespace certconnector::jobs {
namespace {

using core::JobState;

NotAllowed not_allowed_in(const JobLife& job, const std::string& doing,
                          const std::string& allowed) {
  std::string words = "the job is " + std::string(core::to_string(job.state)) + " and cannot be " +
                      doing + ": " + allowed;
  if (job.state == JobState::running) words += "; try again when this attempt is over";
  return {std::move(words)};
}

// The reason why a person may not retry the job, whatever its state; nothing when they may.
std::optional<NotAllowed> objection_to_retry(const JobLife& job, Timestamp now) {
  const bool by_endpoint = job.source == core::JobSource::management;
  if (job.rejected) {
    return NotAllowed{
        by_endpoint
            ? "the agent denied the job on arrival: correct it at the management endpoint and "
              "queue it there as a new job"
            : "the agent denied the device's request on arrival: correct the cause, which `jobs "
              "explain` tells, and let the device ask again"};
  }
  if (!job.ours) {
    return NotAllowed{"NDES carries out this request, not the agent: let the device ask again"};
  }
  if (job.deadline && *job.deadline <= now) {
    return NotAllowed{"the job's deadline passed at " + to_rfc3339(*job.deadline) +
                      (by_endpoint ? ": queue a new job at the management endpoint"
                                   : ": let the device ask again")};
  }
  return std::nullopt;
}

}  // namespace

PersonAnswer retry(JobLife job, Timestamp now, const std::string& who) {
  if (auto objected = objection_to_retry(job, now)) return std::move(*objected);
  const bool was_held = job.state == JobState::held;
  // A job that the agent does not report is final as soon as it ends. No cloud has its outcome, so
  // the agent may do it again.
  if (!job.reports && job.ended_as) job.state = *job.ended_as;
  if (!move(job, JobTrigger::person_retries)) {
    return not_allowed_in(job, "retried",
                          "only queued, held, failed and dead jobs that are not reported can be");
  }
  // The endpoint may have the old outcome already: then it answers the new one with `superseded`.
  if (job.report_at) job.report_withdrawn = true;
  requeue(job, now);
  job.attempts = 0;
  job.last_backoff = Duration(0);
  // The person has decided that the CA did not issue.
  if (was_held) job.interrupted = false;
  return noted(std::move(job), note(now, "retried", "Retried by " + who + "."));
}

PersonAnswer cancel(JobLife job, Timestamp now, const std::string& who) {
  if (job.interrupted && !is_finished(job.state)) {
    return NotAllowed{
        "an earlier attempt may have reached the CA, which is asked first: a certificate that "
        "exists has to be reported. Try again when `jobs explain` shows the CA's answer"};
  }
  if (!move(job, JobTrigger::person_cancels)) {
    return not_allowed_in(job, "canceled", "only queued, waiting and held jobs can be");
  }
  const std::string words = "Canceled by " + who;
  JobChange change = end(std::move(job), core::failed(core::failure::kCanceled, words), now);
  change.notes.push_back(note(now, "canceled", words + "."));
  return change;
}

PersonAnswer approve(JobLife job, Timestamp now, const std::string& who) {
  if (!job.awaiting_approval || !move(job, JobTrigger::person_approves)) {
    return not_allowed_in(job, "approved", "it does not wait for approval");
  }
  requeue(job, now);
  job.approved = true;
  return noted(std::move(job), note(now, "approved", "Approved by " + who + "."));
}

PersonAnswer deny(JobLife job, Timestamp now, const std::string& who, const std::string& why) {
  if (!job.awaiting_approval || !move(job, JobTrigger::person_denies)) {
    return not_allowed_in(job, "denied", "it does not wait for approval");
  }
  const std::string words = "Denied by " + who + (why.empty() ? "" : ": " + why);
  JobChange change = end(std::move(job), core::failed(core::failure::kDeniedByPerson, words), now);
  change.notes.push_back(note(now, "denied", words));
  return change;
}

}  // namespace certconnector::jobs
