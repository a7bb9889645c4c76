#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

// What each verdict makes of a running job.
class Settle {
 public:
  Settle(QueueWriter& writer, JobRow& row, Timestamp now) : writer_(writer), row_(row), now_(now) {}

  Status operator()(const core::Finish& verdict) {
    const bool failed = std::holds_alternative<core::Failed>(verdict.outcome);
    CC_TRY(move(failed ? jobs::JobTrigger::fails : jobs::JobTrigger::succeeds));
    return finish(writer_, row_, verdict.outcome, now_);
  }

  Status operator()(const core::Die& verdict) {
    CC_TRY(move(jobs::JobTrigger::dies));
    return finish(writer_, row_, verdict.reason, now_);
  }

  Status operator()(const core::RetryLater& verdict) {
    CC_TRY(move(jobs::JobTrigger::retries_later));
    requeue(row_, verdict.due);
    row_.interrupted = verdict.ask_ca_first;
    row_.last_backoff = verdict.backoff;
    row_.last_code = verdict.code;
    row_.last_message = clip_message(verdict.message);
    // Waiting for an open breaker is no event of the job, and would crowd its history.
    if (!verdict.count_attempt) {
      --row_.attempts;
      return {};
    }
    return writer_.note(row_.ticket, now_, "retry", verdict.code + ": " + verdict.message);
  }

  Status operator()(const core::WaitForCa& verdict) {
    CC_TRY(move(jobs::JobTrigger::waits_for_ca));
    const bool asked_before = row_.pending_request == verdict.request_id;
    row_.due = verdict.due;
    row_.pending_request = verdict.request_id;
    row_.interrupted = false;
    // Asking after a pending request is no attempt: CAs may take days.
    if (asked_before) {
      --row_.attempts;
      return {};
    }
    return writer_.note(
        row_.ticket, now_, "pending",
        "The CA has the request and will decide later (its id there: " + verdict.request_id + ").");
  }

  Status operator()(const core::WaitForApproval& verdict) {
    CC_TRY(move(jobs::JobTrigger::waits_for_person));
    row_.awaiting_approval = true;
    row_.interrupted = false;
    row_.last_message = clip_message(verdict.message);
    return writer_.note(row_.ticket, now_, "waiting_for_approval", verdict.message);
  }

  Status operator()(const core::Hold& verdict) {
    CC_TRY(move(jobs::JobTrigger::is_held));
    row_.interrupted = false;
    row_.last_message = clip_message(verdict.message);
    return writer_.note(row_.ticket, now_, "held", verdict.message);
  }

  Status operator()(const core::LeaseLost& verdict) {
    CC_TRY(move(jobs::JobTrigger::lease_lost));
    close_unreported(row_, now_);
    row_.last_message = clip_message(verdict.message);
    return writer_.note(row_.ticket, now_, "lease_lost", verdict.message);
  }

 private:
  Status move(jobs::JobTrigger trigger) {
    if (apply(row_, trigger)) return {};
    return Error(StoreErrc::internal, ErrorKind::permanent,
                 "a running job cannot take this verdict");
  }

  QueueWriter& writer_;
  JobRow& row_;
  Timestamp now_;
};

}  // namespace

Status settle_jobs(QueueWriter& writer, const std::vector<core::Settlement>& settlements,
                   const core::ClaimOwner& owner, Timestamp now) {
  CC_TRY_ASSIGN(const std::int64_t self, writer.owner(owner));
  for (const core::Settlement& settlement : settlements) {
    CC_TRY_ASSIGN(auto row, load_row(writer, settlement.ticket.value));
    if (!row || row->state != core::JobState::running || row->owner != self) continue;
    CC_TRY(std::visit(Settle(writer, *row, now), settlement.verdict));
    CC_TRY(save_row(writer, *row, core::JobState::running));
  }
  return {};
}

}  // namespace certconnector::store
