#include "agent/jobs/lifecycle/job_lifecycle.h"

#include <utility>
#include <variant>

#include "agent/core/failure_codes.h"
#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/jobs/lifecycle/life_steps.h"
#include "common/text/hex.h"

namespace certconnector::jobs {
namespace {

using core::JobState;

std::optional<JobChange> end_by(JobTrigger trigger, JobLife job, core::Outcome outcome,
                                Timestamp now) {
  if (!move(job, trigger)) return std::nullopt;
  return end(std::move(job), std::move(outcome), now);
}

// The work is over and there is nothing to report.
JobChange closed_unreported(JobLife job, Timestamp now, const std::string& message) {
  job.ended_as = job.state;
  job.finished = now;
  job.closed_at = now;
  job.awaiting_approval = false;
  return noted(std::move(job), note(now, "lease_lost", message));
}

JobLife first_life(const core::NewJob& job) {
  JobLife life;
  life.source = job.job.key.source;
  life.reports = job.report && life.source != core::JobSource::local;
  life.ours = !job.external;
  life.deadline = job.job.deadline;
  life.lease = job.lease;
  return life;
}

// The change that each verdict makes to a running job.
class Settle {
 public:
  Settle(JobLife job, Timestamp now) : job_(std::move(job)), now_(now) {}

  std::optional<JobChange> operator()(const core::Finish& verdict) {
    const bool failed = std::holds_alternative<core::Failed>(verdict.outcome);
    return end_by(failed ? JobTrigger::fails : JobTrigger::succeeds, std::move(job_),
                  verdict.outcome, now_);
  }

  std::optional<JobChange> operator()(const core::Die& verdict) {
    return end_by(JobTrigger::dies, std::move(job_), verdict.reason, now_);
  }

  std::optional<JobChange> operator()(const core::RetryLater& verdict) {
    if (!move(job_, JobTrigger::retries_later)) return std::nullopt;
    requeue(job_, verdict.due);
    job_.interrupted = verdict.ask_ca_first;
    job_.last_backoff = verdict.backoff;
    job_.last_code = verdict.code;
    job_.last_message = clip_message(verdict.message);
    if (verdict.count_attempt) return told("retry", verdict.code + ": " + verdict.message);
    // Waiting for an open breaker is no event of the job, and would crowd its history.
    --job_.attempts;
    return changed(std::move(job_));
  }

  std::optional<JobChange> operator()(const core::WaitForCa& verdict) {
    if (!move(job_, JobTrigger::waits_for_ca)) return std::nullopt;
    const bool asked_before = job_.pending_request == verdict.request_id;
    job_.due = verdict.due;
    job_.pending_request = verdict.request_id;
    job_.interrupted = false;
    if (!asked_before) {
      return told("pending", "The CA has the request and will decide later (its id there: " +
                                 verdict.request_id + ").");
    }
    // Asking after a pending request is no attempt: CAs may take days.
    --job_.attempts;
    return changed(std::move(job_));
  }

  std::optional<JobChange> operator()(const core::WaitForApproval& verdict) {
    if (!move(job_, JobTrigger::waits_for_person)) return std::nullopt;
    job_.awaiting_approval = true;
    job_.interrupted = false;
    job_.last_message = clip_message(verdict.message);
    return told("waiting_for_approval", verdict.message);
  }

  std::optional<JobChange> operator()(const core::Hold& verdict) {
    if (!move(job_, JobTrigger::is_held)) return std::nullopt;
    job_.interrupted = false;
    job_.last_message = clip_message(verdict.message);
    return told("held", verdict.message);
  }

  std::optional<JobChange> operator()(const core::LeaseLost& verdict) {
    if (!move(job_, JobTrigger::lease_lost)) return std::nullopt;
    job_.last_message = clip_message(verdict.message);
    return closed_unreported(std::move(job_), now_, verdict.message);
  }

 private:
  JobChange told(std::string kind, const std::string& message) {
    return noted(std::move(job_), note(now_, std::move(kind), message));
  }

  JobLife job_;
  Timestamp now_;
};

// Nothing: the endpoint took the result.
std::optional<core::JobEvent> objection(const core::ReportAcknowledgement& ack, Timestamp now) {
  const std::string why = ack.note.empty() ? "." : ": " + ack.note;
  switch (ack.verdict) {
    case core::ReportVerdict::accepted:
    case core::ReportVerdict::duplicate:
      return std::nullopt;
    case core::ReportVerdict::superseded:
      return note(now, "superseded", "The endpoint had another result first" + why);
    case core::ReportVerdict::refused:
      return note(now, "report_refused", "The endpoint refused the result" + why);
  }
  return std::nullopt;
}

}  // namespace

JobChange arrive(const core::NewJob& job, Timestamp now) {
  if (job.rejection) return turn_away(job, *job.rejection, now);
  JobLife life = first_life(job);
  if (life.ours) {
    life.due = now;
  } else {
    life.state = JobState::waiting;
  }
  return changed(std::move(life));
}

JobChange turn_away(const core::NewJob& job, core::Failed why, Timestamp now) {
  JobLife life = first_life(job);
  life.rejected = true;
  life.state = JobState::failed;
  return end(std::move(life), std::move(why), now);
}

JobChange arrive_again(JobLife job, const core::NewJob& arrived, Timestamp now) {
  // Deliveries can overtake each other: an older lease says nothing.
  const bool newer = arrived.lease && (!job.lease || arrived.lease->number >= job.lease->number);
  if (newer) job.lease = arrived.lease;
  if (job.state == JobState::reported && job.ended_as &&
      job.source == core::JobSource::management) {
    // The endpoint does not know the result, or it would not lease the job again.
    job.state = *job.ended_as;
    job.report_at = now;
    job.reported.reset();
    job.closed_at.reset();
    return noted(std::move(job), note(now, "delivered_again",
                                      "The endpoint delivered the finished job again; its result "
                                      "is reported again."));
  }
  if (job.closed_at && move(job, JobTrigger::leased_again)) {
    requeue(job, now);
    return noted(std::move(job),
                 note(now, "leased_again", "The endpoint leased the job to this agent again."));
  }
  return changed(std::move(job));
}

core::JobEvent conflict(Timestamp now) {
  return note(now, "conflict",
              "The endpoint delivered another job under this id; it was not stored.");
}

std::optional<JobChange> claim(JobLife job, Timestamp now) {
  if (!move(job, JobTrigger::claimed)) return std::nullopt;
  job.due.reset();
  job.started = now;
  ++job.attempts;
  return changed(std::move(job));
}

core::ClaimedJob claimed_job(core::JobTicket ticket, core::Job job, JobLife life,
                             Timestamp received) {
  core::ClaimedJob claimed;
  claimed.ticket = ticket;
  claimed.job = std::move(job);
  claimed.lease = life.lease;
  claimed.attempt = life.attempts;
  claimed.interrupted = life.interrupted;
  claimed.approved = life.approved;
  claimed.pending_request = std::move(life.pending_request);
  claimed.last_backoff = life.last_backoff;
  claimed.received = received;
  return claimed;
}

std::optional<JobChange> settle(JobLife job, const core::Verdict& verdict, Timestamp now) {
  return std::visit(Settle(std::move(job), now), verdict);
}

std::optional<JobChange> recover(JobLife job, Timestamp now) {
  if (!move(job, JobTrigger::recovered)) return std::nullopt;
  requeue(job, now);
  job.interrupted = true;
  // Old stores hold this text too, so it stays as it is.
  return noted(std::move(job),
               note(now, "interrupted",
                    "The agent stopped while it worked on the job; the CA is asked what became "
                    "of the request before anything is submitted again."));
}

std::optional<JobChange> bring_back(JobLife job, Timestamp now) {
  if (is_finished(job.state) || !job.ours || job.interrupted) return std::nullopt;
  job.interrupted = true;
  return noted(
      std::move(job),
      note(now, "restored",
           "The job comes from a backup. The agent asks the CA for the outcome of the request "
           "before it submits the request."));
}

bool is_further(JobState other, JobState known) {
  if (!is_finished(known)) return is_finished(other);
  // The endpoint may offer the job of a lost lease again.
  return known == JobState::canceled && is_finished(other) && other != JobState::canceled;
}

std::optional<JobChange> correct_times(JobLife job, Timestamp now) {
  // A job is due at most its own backoff from now, unless the clock was ahead.
  const auto due = claimable_from(job);
  const bool too_late = due && *due > now && *due > now + job.last_backoff;
  const auto lease_end = lease_watch(job);
  const bool too_long = lease_end && *lease_end > now + kLongestLease;
  if (!too_late && !too_long) return std::nullopt;
  if (too_late) job.due = now;
  if (too_long) job.lease->until = now;
  return changed(std::move(job));
}

std::optional<JobChange> renew_lease(JobLife job, const core::Lease& lease) {
  if (!lease_watch(job) || lease.number < job.lease->number) return std::nullopt;
  job.lease = lease;
  return changed(std::move(job));
}

std::optional<JobChange> lose_lease(JobLife job, Timestamp now) {
  if (job.state == JobState::running || job.interrupted) return std::nullopt;
  if (!move(job, JobTrigger::lease_lost)) return std::nullopt;
  return closed_unreported(std::move(job), now,
                           "The endpoint gave the job to another agent, or took it back.");
}

std::optional<JobChange> expire(JobLife job, Timestamp now) {
  if (!job.deadline || *job.deadline > now || job.interrupted) return std::nullopt;
  core::Failed reason = core::failed(
      core::failure::kDeadlinePassed,
      job.last_message.empty()
          ? "The job's deadline passed before the agent could do it"
          : "The job's deadline passed; the last attempt ended with: " + job.last_message);
  return end_by(JobTrigger::expires, std::move(job), std::move(reason), now);
}

std::optional<JobChange> acknowledge(JobLife job, const core::ReportAcknowledgement& ack,
                                     Timestamp now) {
  if (job.report_withdrawn) {
    return noted(std::move(job),
                 note(now, "report_withdrawn",
                      "The endpoint answered the report of an outcome that a person had taken back "
                      "by a retry; what the retry brings is reported when it is there."));
  }
  if (!job.report_at || !move(job, JobTrigger::acknowledged)) return std::nullopt;
  job.report_at.reset();
  job.reported = now;
  job.closed_at = now;
  JobChange change = changed(std::move(job));
  if (auto objected = objection(ack, now)) {
    change.notes.push_back(std::move(*objected));
    change.withhold = true;
  }
  if (!ack.by_hand.empty()) change.notes.push_back(note(now, "left_to_a_person", ack.by_hand));
  return change;
}

core::JobEvent follow_up_lost(const core::NewJob& follow_up, Timestamp now) {
  const auto* revoke = std::get_if<core::RevokeRequest>(&follow_up.job.request);
  return note(now, "left_to_a_person",
              "The certificate is not revoked: another job has the id " + follow_up.job.key.id +
                  ". Revoke it: certconnector certs revoke " +
                  (revoke == nullptr ? std::string("SERIAL") : text::to_hex(revoke->serial)));
}

}  // namespace certconnector::jobs
