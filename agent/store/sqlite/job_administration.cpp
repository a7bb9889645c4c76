#include "agent/core/failure_codes.h"
#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"
#include "common/time/rfc3339.h"

namespace certconnector::store {
namespace {

constexpr char kEnrollmentOfJob[] =
    "SELECT replaced, coalesce(challenge, '') FROM enrollment WHERE ticket = ?";
constexpr char kHold[] = "UPDATE enrollment SET holds = 1 WHERE ticket = ?";

Error not_allowed(std::string message) {
  return {StoreErrc::not_allowed, ErrorKind::permanent, std::move(message)};
}

Error not_allowed_in(const JobRow& row, const std::string& doing, const std::string& allowed) {
  std::string words = "the job is " + std::string(core::to_string(row.state)) + " and cannot be " +
                      doing + ": " + allowed;
  if (row.state == core::JobState::running) words += "; try again when this attempt is over";
  return not_allowed(std::move(words));
}

Result<JobRow> require_row(QueueWriter& writer, core::JobTicket ticket) {
  CC_TRY_ASSIGN(auto row, load_row(writer, ticket.value));
  if (row) return std::move(*row);
  return Error(StoreErrc::not_found, ErrorKind::permanent,
               "there is no such job any more: finished jobs are purged after the retention time");
}

// Why a person may not retry the job; nothing when they may.
Status check_retry(const JobRow& row, Timestamp now) {
  if (row.rejected) {
    return not_allowed(
        "the job was refused on arrival, so there is nothing that could be done: correct it at the "
        "management endpoint and queue it there as a new job");
  }
  if (!row.ours) {
    return not_allowed(
        "the request is not the agent's to do: an NDES brings it to its own CA; let the device ask "
        "again");
  }
  if (row.deadline && *row.deadline <= now) {
    return not_allowed("the job's deadline passed at " + to_rfc3339(*row.deadline) +
                       ": queue a new job at the management endpoint");
  }
  return {};
}

// A device's job is done again only on its own challenge: it takes the challenge back, unless that
// has moved on meanwhile.
Status take_challenge_back(QueueWriter& writer, std::int64_t ticket) {
  std::string challenge;
  {
    Query query(writer.database(), kEnrollmentOfJob, ticket);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (!found) return {};
    if (query.integer(0) != 0) {
      return not_allowed(
          "the device has asked again since, and a newer job stands for its request: look for it "
          "with `scep explain` and retry that one");
    }
    challenge = query.text(1);
  }
  if (challenge.empty()) return {};
  CC_TRY_ASSIGN(const auto holder, challenge_holder(writer.database(), challenge));
  if (holder == ticket) return {};
  if (holder) {
    CC_TRY_ASSIGN(const JobOfEnrollment job, job_of(writer.database(), *holder));
    if (job.progress != Progress::failed) {
      return not_allowed("another request has taken its challenge " + challenge +
                         " since: let the device ask again with a new challenge");
    }
    CC_TRY(release_challenge(writer.database(), *holder));
  }
  return run(writer.database(), kHold, ticket);
}

Status finish_by_person(QueueWriter& writer, JobRow& row, core::JobState before,
                        const core::Failed& reason, Timestamp now) {
  CC_TRY(finish(writer, row, reason, now));
  return save_row(writer, row, before);
}

}  // namespace

Status retry_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now,
                 const std::string& who) {
  CC_TRY_ASSIGN(JobRow row, require_row(writer, ticket));
  CC_TRY(check_retry(row, now));
  const core::JobState before = row.state;
  // What is not reported is final as soon as it ends; but nobody was told, so it may be done again.
  if (!row.reports && row.ended_as) row.state = *row.ended_as;
  if (!apply(row, jobs::JobTrigger::person_retries)) {
    return not_allowed_in(row, "retried",
                          "only queued, held, failed and dead jobs that are not reported can be");
  }
  CC_TRY(take_challenge_back(writer, row.ticket));
  // The endpoint may have the old outcome already: then it answers the new one with `superseded`.
  if (row.report_at) writer.withdrawn_reports.insert(row.ticket);
  requeue(row, now);
  row.attempts = 0;
  row.last_backoff = Duration(0);
  if (before == core::JobState::held) row.interrupted = false;
  CC_TRY(save_row(writer, row, before));
  return writer.note(row.ticket, now, "retried", "Retried by " + who + ".");
}

Status cancel_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now,
                  const std::string& who) {
  CC_TRY_ASSIGN(JobRow row, require_row(writer, ticket));
  if (row.interrupted && !jobs::is_finished(row.state)) {
    return not_allowed(
        "an earlier attempt may have reached the CA, which is asked first: a certificate that "
        "exists has to be reported. Try again when `jobs explain` shows the CA's answer");
  }
  const core::JobState before = row.state;
  if (!apply(row, jobs::JobTrigger::person_cancels)) {
    return not_allowed_in(row, "canceled", "only queued, waiting and held jobs can be");
  }
  CC_TRY(finish_by_person(writer, row, before,
                          core::failed(core::failure::kCanceled, "Canceled by " + who), now));
  return writer.note(row.ticket, now, "canceled", "Canceled by " + who + ".");
}

Status approve_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now,
                   const std::string& who) {
  CC_TRY_ASSIGN(JobRow row, require_row(writer, ticket));
  const core::JobState before = row.state;
  if (!row.awaiting_approval || !apply(row, jobs::JobTrigger::person_approves)) {
    return not_allowed_in(row, "approved", "it does not wait for approval");
  }
  requeue(row, now);
  row.approved = true;
  CC_TRY(save_row(writer, row, before));
  return writer.note(row.ticket, now, "approved", "Approved by " + who + ".");
}

Status deny_job(QueueWriter& writer, core::JobTicket ticket, Timestamp now, const std::string& who,
                const std::string& why) {
  CC_TRY_ASSIGN(JobRow row, require_row(writer, ticket));
  const core::JobState before = row.state;
  if (!row.awaiting_approval || !apply(row, jobs::JobTrigger::person_denies)) {
    return not_allowed_in(row, "denied", "it does not wait for approval");
  }
  const std::string words = "Denied by " + who + (why.empty() ? "" : ": " + why);
  CC_TRY(finish_by_person(writer, row, before, core::failed(core::failure::kDeniedByPerson, words),
                          now));
  return writer.note(row.ticket, now, "denied", words);
}

}  // namespace certconnector::store
