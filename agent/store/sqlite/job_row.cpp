#include "agent/store/sqlite/job_row.h"

#include "agent/jobs/lifecycle/ended_request.h"
#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/store/sqlite/columns.h"
#include "agent/store/sqlite/ended_requests.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

#define CC_ROW_COLUMNS(FIRST, MORE)            \
  FIRST(authority, "authority")                \
  MORE(type, "type")                           \
  MORE(origin, "origin")                       \
  MORE(deadline, "deadline")                   \
  MORE(rejected, "rejected")                   \
  MORE(state, "state")                         \
  MORE(ended_as, "ended_as")                   \
  MORE(attempts, "attempts")                   \
  MORE(due, "due")                             \
  MORE(owner, "owner")                         \
  MORE(lease_number, "lease_number")           \
  MORE(lease_until, "lease_until")             \
  MORE(started, "started")                     \
  MORE(finished, "finished")                   \
  MORE(report_at, "report_at")                 \
  MORE(reported, "reported")                   \
  MORE(closed_at, "closed_at")                 \
  MORE(interrupted, "interrupted")             \
  MORE(approved, "approved")                   \
  MORE(awaiting_approval, "awaiting_approval") \
  MORE(pending_request, "pending_request")     \
  MORE(last_backoff, "last_backoff")           \
  MORE(last_code, "last_code")                 \
  MORE(last_message, "last_message")           \
  MORE(reports, "reports")                     \
  MORE(external, "outside")

struct RowColumn {
  enum : int { CC_ROW_COLUMNS(CC_COLUMN_NAME, CC_COLUMN_NAME) };
};

constexpr char kLoad[] =
    "SELECT " CC_ROW_COLUMNS(CC_FIRST_COLUMN, CC_NEXT_COLUMN) " FROM job WHERE ticket = ?";
#undef CC_ROW_COLUMNS

constexpr char kSave[] =
    "UPDATE job SET state = ?2, ended_as = ?3, attempts = ?4, due = ?5, owner = ?6, "
    "lease_number = ?7, lease_until = ?8, lease_watch = ?9, expires = ?10, started = ?11, "
    "finished = ?12, report_at = ?13, reported = ?14, closed_at = ?15, interrupted = ?16, "
    "approved = ?17, awaiting_approval = ?18, pending_request = ?19, last_backoff = ?20, "
    "last_code = ?21, last_message = ?22 WHERE ticket = ?1";

constexpr char kSaveOutcome[] =
    "INSERT INTO outcome(ticket, record, certificate) VALUES (?, ?, ?) "
    "ON CONFLICT DO UPDATE SET record = excluded.record, certificate = excluded.certificate";

std::optional<core::JobState> state_at(const Query& query, int column) {
  const auto number = query.optional_integer(column);
  if (!number || *number < 0 || *number > static_cast<int>(core::JobState::reported)) return {};
  return static_cast<core::JobState>(*number);
}

void read_life(const Query& query, jobs::JobLife& life) {
  using Column = RowColumn;
  life.deadline = query.optional_time(Column::deadline);
  life.rejected = query.integer(Column::rejected) != 0;
  life.ended_as = state_at(query, Column::ended_as);
  life.attempts = static_cast<int>(query.integer(Column::attempts));
  life.due = query.optional_time(Column::due);
  if (!query.is_null(Column::lease_number)) {
    life.lease = core::Lease{static_cast<std::uint64_t>(query.integer(Column::lease_number)),
                             query.time(Column::lease_until)};
  }
  life.started = query.optional_time(Column::started);
  life.finished = query.optional_time(Column::finished);
  life.report_at = query.optional_time(Column::report_at);
  life.reported = query.optional_time(Column::reported);
  life.closed_at = query.optional_time(Column::closed_at);
  life.interrupted = query.integer(Column::interrupted) != 0;
  life.approved = query.integer(Column::approved) != 0;
  life.awaiting_approval = query.integer(Column::awaiting_approval) != 0;
  if (!query.is_null(Column::pending_request)) {
    life.pending_request = std::string(query.text(Column::pending_request));
  }
  life.last_backoff = Duration(query.integer(Column::last_backoff));
  life.last_code = query.text(Column::last_code);
  life.last_message = query.text(Column::last_message);
  life.reports = query.integer(Column::reports) != 0 && life.source != core::JobSource::local;
  life.ours = query.is_null(Column::external);
}

}  // namespace

Result<std::optional<JobRow>> load_row(StoreWriter& writer, std::int64_t ticket) {
  Query query(writer.database(), kLoad, ticket);
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found) return std::optional<JobRow>();
  const auto state = state_at(query, RowColumn::state);
  if (!state) return writer.database().damaged("has a job in a state that does not exist");
  CC_TRY_ASSIGN(const Origin origin, writer.origin_name(query.integer(RowColumn::origin)));
  JobRow row;
  row.ticket = ticket;
  row.authority = query.integer(RowColumn::authority);
  row.type = query.integer(RowColumn::type) == 0 ? core::JobType::issue : core::JobType::revoke;
  row.owner = query.optional_integer(RowColumn::owner);
  row.source = origin.source;
  row.state = *state;
  row.report_withdrawn = writer.withdrawn_reports.count(ticket) != 0;
  read_life(query, row);
  return std::optional<JobRow>(std::move(row));
}

Status save_row(StoreWriter& writer, const JobRow& row, core::JobState before) {
  const auto lease_number =
      row.lease ? std::make_optional(static_cast<std::int64_t>(row.lease->number)) : std::nullopt;
  const auto lease_until = row.lease ? std::make_optional(row.lease->until) : std::nullopt;
  if (row.state != before) {
    writer.count(row.authority, row.type, before, -1);
    writer.count(row.authority, row.type, row.state, 1);
  }
  if (jobs::ends(before, row.state) && row.source == core::JobSource::scep) {
    CC_TRY(forget_challenge(writer.database(), row.ticket));
  }
  return store::run(writer.database(), kSave, row.ticket, row.state, row.ended_as, row.attempts,
                    jobs::claimable_from(row), jobs::holds_claim(row) ? row.owner : std::nullopt,
                    lease_number, lease_until, jobs::lease_watch(row), jobs::expiry_watch(row),
                    row.started, row.finished, row.report_at, row.reported, row.closed_at,
                    row.interrupted, row.approved, row.awaiting_approval, row.pending_request,
                    row.last_backoff.count(), row.last_code, row.last_message);
}

Status save_outcome(StoreWriter& writer, std::int64_t ticket, const core::Outcome& outcome,
                    std::optional<std::int64_t> certificate) {
  if (std::holds_alternative<core::Issued>(outcome) != certificate.has_value()) {
    return Error(StoreErrc::internal, ErrorKind::permanent,
                 "an outcome and its certificate were to be stored apart");
  }
  return store::run(writer.database(), kSaveOutcome, ticket, encode_outcome(outcome), certificate);
}

Status save_notes(StoreWriter& writer, std::int64_t ticket,
                  const std::vector<core::JobEvent>& notes) {
  for (const core::JobEvent& event : notes) {
    CC_TRY(writer.note(ticket, event.at, event.kind, event.message));
  }
  return {};
}

bool apply(JobRow& row, jobs::JobTrigger trigger) {
  const auto next = jobs::next_state(row.state, trigger);
  if (next) row.state = *next;
  return next.has_value();
}

Status save_change(StoreWriter& writer, const JobRow& loaded, const jobs::JobChange& change,
                   std::optional<std::int64_t> certificate) {
  JobRow row = loaded;
  static_cast<jobs::JobLife&>(row) = change.job;
  if (change.outcome) CC_TRY(save_outcome(writer, row.ticket, *change.outcome, certificate));
  CC_TRY(save_row(writer, row, loaded.state));
  return save_notes(writer, row.ticket, change.notes);
}

}  // namespace certconnector::store
