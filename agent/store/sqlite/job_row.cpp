#include "agent/store/sqlite/job_row.h"

#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kLoad[] =
    "SELECT authority, type, origin, deadline, rejected, state, ended_as, attempts, due, owner, "
    "lease_number, lease_until, started, finished, report_at, reported, closed_at, interrupted, "
    "approved, awaiting_approval, pending_request, last_backoff, last_code, last_message, "
    "reports, outside FROM job WHERE ticket = ?";

constexpr char kSave[] =
    "UPDATE job SET state = ?2, ended_as = ?3, attempts = ?4, due = ?5, owner = ?6, "
    "lease_number = ?7, lease_until = ?8, lease_watch = ?9, expires = ?10, started = ?11, "
    "finished = ?12, report_at = ?13, reported = ?14, closed_at = ?15, interrupted = ?16, "
    "approved = ?17, awaiting_approval = ?18, pending_request = ?19, last_backoff = ?20, "
    "last_code = ?21, last_message = ?22 WHERE ticket = ?1";

std::optional<core::JobState> state_at(const Query& query, int column) {
  const auto number = query.optional_integer(column);
  if (!number || *number < 0 || *number > static_cast<int>(core::JobState::reported)) return {};
  return static_cast<core::JobState>(*number);
}

}  // namespace

Result<std::optional<JobRow>> load_row(QueueWriter& writer, std::int64_t ticket) {
  Query query(writer.database(), kLoad, ticket);
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found) return std::optional<JobRow>();
  const auto state = state_at(query, 5);
  if (!state) return writer.database().damaged("has a job in a state that does not exist");
  CC_TRY_ASSIGN(const Origin origin, writer.origin_name(query.integer(2)));
  JobRow row;
  row.ticket = ticket;
  row.authority = query.integer(0);
  row.type = query.integer(1) == 0 ? core::JobType::issue : core::JobType::revoke;
  row.source = origin.source;
  row.deadline = query.optional_time(3);
  row.rejected = query.integer(4) != 0;
  row.state = *state;
  row.ended_as = state_at(query, 6);
  row.attempts = static_cast<int>(query.integer(7));
  row.due = query.optional_time(8);
  row.owner = query.optional_integer(9);
  if (!query.is_null(10)) {
    row.lease = core::Lease{static_cast<std::uint64_t>(query.integer(10)), query.time(11)};
  }
  row.started = query.optional_time(12);
  row.finished = query.optional_time(13);
  row.report_at = query.optional_time(14);
  row.reported = query.optional_time(15);
  row.closed_at = query.optional_time(16);
  row.interrupted = query.integer(17) != 0;
  row.approved = query.integer(18) != 0;
  row.awaiting_approval = query.integer(19) != 0;
  if (!query.is_null(20)) row.pending_request = std::string(query.text(20));
  row.last_backoff = Duration(query.integer(21));
  row.last_code = query.text(22);
  row.last_message = query.text(23);
  row.reports = query.integer(24) != 0 && row.source != core::JobSource::local;
  row.ours = query.is_null(25);
  return std::optional<JobRow>(std::move(row));
}

Status save_row(QueueWriter& writer, const JobRow& row, core::JobState before) {
  const bool open = !jobs::is_finished(row.state);
  const bool claimable =
      (row.state == core::JobState::queued || row.state == core::JobState::waiting) &&
      !row.awaiting_approval;
  const auto lease_number =
      row.lease ? std::make_optional(static_cast<std::int64_t>(row.lease->number)) : std::nullopt;
  const auto lease_until = row.lease ? std::make_optional(row.lease->until) : std::nullopt;
  if (row.state != before) {
    writer.count(row.authority, row.type, before, -1);
    writer.count(row.authority, row.type, row.state, 1);
  }
  return store::run(writer.database(), kSave, row.ticket, row.state, row.ended_as, row.attempts,
                    claimable ? row.due : std::nullopt,
                    row.state == core::JobState::running ? row.owner : std::nullopt, lease_number,
                    lease_until, open ? lease_until : std::nullopt,
                    open ? row.deadline : std::nullopt, row.started, row.finished, row.report_at,
                    row.reported, row.closed_at, row.interrupted, row.approved,
                    row.awaiting_approval, row.pending_request, row.last_backoff.count(),
                    row.last_code, row.last_message);
}

bool apply(JobRow& row, jobs::JobTrigger trigger) {
  const auto next = jobs::next_state(row.state, trigger);
  if (!next) return false;
  row.state = *next;
  return true;
}

void requeue(JobRow& row, Timestamp due) {
  row.due = due;
  row.ended_as.reset();
  row.finished.reset();
  row.report_at.reset();
  row.closed_at.reset();
  row.awaiting_approval = false;
}

void close_unreported(JobRow& row, Timestamp now) {
  row.ended_as = row.state;
  row.finished = now;
  row.closed_at = now;
  row.awaiting_approval = false;
}

std::string clip_message(const std::string& message) {
  constexpr std::size_t kMaxMessage = 1024;
  return std::string(clip(message, kMaxMessage));
}

Status finish(QueueWriter& writer, JobRow& row, const core::Outcome& outcome, Timestamp now) {
  const auto record = encode_outcome(outcome);
  if (!record) {
    return Error(StoreErrc::internal, ErrorKind::permanent,
                 "the certificate of a job is larger than the job queue takes (256 KiB)");
  }
  row.ended_as = row.state;
  row.finished = now;
  row.interrupted = false;
  row.awaiting_approval = false;
  row.pending_request.reset();
  if (row.reports) {
    row.report_at = now;
  } else {
    // Nobody is to be told of it: final at once.
    row.closed_at = now;
    static_cast<void>(apply(row, jobs::JobTrigger::acknowledged));
  }
  return store::run(writer.database(),
                    "INSERT INTO outcome(ticket, record) VALUES (?, ?) "
                    "ON CONFLICT DO UPDATE SET record = excluded.record",
                    row.ticket, *record);
}

}  // namespace certconnector::store
