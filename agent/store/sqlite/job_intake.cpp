#include <algorithm>

#include "agent/core/failure_codes.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kInsertJob[] =
    "INSERT INTO job(ticket, id, origin, digest, correlation, authority, type, priority, rank, "
    "deadline, received, rejected, state, ended_as, due, lease_number, lease_until, lease_watch, "
    "expires, finished, report_at, closed_at, reports, outside) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
    "?20, ?21, ?22, ?23, ?24) ON CONFLICT (id, origin) DO NOTHING";
constexpr char kInsertRequest[] = "INSERT INTO request(ticket, record) VALUES (?, ?)";
constexpr char kInsertOutcome[] = "INSERT INTO outcome(ticket, record) VALUES (?, ?)";
constexpr char kFindIdentity[] = "SELECT ticket, digest FROM job WHERE id = ? AND origin = ?";

constexpr std::size_t kMaxCorrelation = 128;

// The order of claims: lower goes first. Every revocation goes before every issue.
std::int64_t rank_of(const core::Job& job) {
  const int priority = std::clamp(job.priority, -100, 100);
  return (job.type() == core::JobType::revoke ? 0 : 1000) + 100 - priority;
}

// What goes into the row besides the job itself.
struct Arrival {
  Bytes request;
  std::optional<core::Failed> rejection;
};

Arrival examine(const core::NewJob& job) {
  Arrival arrival;
  arrival.rejection = job.rejection;
  if (auto record = encode_request(job.job.request)) {
    arrival.request = std::move(*record);
    return arrival;
  }
  // One job that is too large must not keep the others of its batch out.
  if (!arrival.rejection) {
    arrival.rejection =
        core::failed(core::failure::kBadJob,
                     "A part of the job is larger than the agent's queue takes; shorten it");
  }
  const JobRequest nothing = job.job.type() == core::JobType::issue
                                 ? JobRequest(core::IssueRequest())
                                 : JobRequest(core::RevokeRequest());
  arrival.request = encode_request(nothing).value_or(Bytes());
  return arrival;
}

// Whether the row was new.
Result<bool> insert_row(QueueWriter& writer, const core::NewJob& arrived, const Arrival& arrival,
                        std::int64_t origin, Timestamp now) {
  const core::Job& job = arrived.job;
  const bool rejected = arrival.rejection.has_value();
  const bool reports = arrived.report && job.key.source != core::JobSource::local;
  const core::JobState ended = reports ? core::JobState::failed : core::JobState::reported;
  const bool ours = !arrived.external;
  const core::JobState open = ours ? core::JobState::queued : core::JobState::waiting;
  const core::JobState state = rejected ? ended : open;
  const auto only_if = [&](bool condition, std::optional<Timestamp> time) {
    return condition ? time : std::nullopt;
  };
  std::optional<std::int64_t> lease_number;
  std::optional<Timestamp> lease_until;
  if (arrived.lease) {
    lease_number = static_cast<std::int64_t>(arrived.lease->number);
    lease_until = arrived.lease->until;
  }
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(job.ca));
  CC_TRY_ASSIGN(const std::int64_t ticket, writer.next_ticket());
  Database& database = writer.database();
  CC_TRY(run(database, kInsertJob, ticket, job.key.id, origin, job.key.digest,
             clip(job.correlation_id, kMaxCorrelation), authority, job.type(), job.priority,
             rank_of(job), job.deadline, now, rejected, state,
             rejected ? std::make_optional(core::JobState::failed) : std::nullopt,
             only_if(!rejected && ours, now), lease_number, lease_until,
             only_if(!rejected, lease_until), only_if(!rejected, job.deadline),
             only_if(rejected, now), only_if(rejected && reports, now),
             only_if(rejected && !reports, now), reports, arrived.external));
  if (database.changes() == 0) return false;
  CC_TRY(run(database, kInsertRequest, ticket, arrival.request));
  if (rejected) {
    const auto record = encode_outcome(*arrival.rejection);
    CC_TRY(run(database, kInsertOutcome, ticket, record.value_or(Bytes())));
  }
  writer.count(authority, job.type(), state, 1);
  return true;
}

void renew(JobRow& row, const core::NewJob& arrived) {
  // Deliveries can overtake each other: an older lease says nothing.
  const bool newer = arrived.lease && (!row.lease || arrived.lease->number >= row.lease->number);
  if (newer) row.lease = arrived.lease;
}

Status arrive_again(QueueWriter& writer, JobRow row, const core::NewJob& arrived, Timestamp now) {
  const core::JobState before = row.state;
  renew(row, arrived);
  if (row.state == core::JobState::reported && row.ended_as &&
      row.source == core::JobSource::management) {
    // The endpoint does not know the result, or it would not lease the job again.
    row.state = *row.ended_as;
    row.report_at = now;
    row.reported.reset();
    row.closed_at.reset();
    CC_TRY(writer.note(row.ticket, now, "delivered_again",
                       "The endpoint delivered the finished job again; its result is reported "
                       "again."));
  } else if (row.closed_at && apply(row, jobs::JobTrigger::leased_again)) {
    requeue(row, now);
    CC_TRY(writer.note(row.ticket, now, "leased_again",
                       "The endpoint leased the job to this agent again."));
  }
  return save_row(writer, row, before);
}

}  // namespace

Result<core::InsertResult> insert_job(QueueWriter& writer, const core::NewJob& job, Timestamp now) {
  const core::JobKey& key = job.job.key;
  CC_TRY_ASSIGN(const std::int64_t origin, writer.origin({key.source, key.instance}));
  CC_TRY_ASSIGN(const bool inserted, insert_row(writer, job, examine(job), origin, now));
  if (inserted) return core::InsertResult::inserted;

  std::int64_t ticket = 0;
  bool same = false;
  {
    Query query(writer.database(), kFindIdentity, key.id, origin);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (!found) return writer.database().damaged("has an index that does not match its jobs");
    ticket = query.integer(0);
    same = query.blob(1) == crypto::view(key.digest);
  }
  if (!same) {
    CC_TRY(writer.note(ticket, now, "conflict",
                       "The endpoint delivered another job under this id; it was not stored."));
    return core::InsertResult::conflict;
  }
  CC_TRY_ASSIGN(auto row, load_row(writer, ticket));
  if (row) CC_TRY(arrive_again(writer, std::move(*row), job, now));
  return core::InsertResult::known;
}

Result<std::vector<core::InsertResult>> insert_jobs(QueueWriter& writer,
                                                    const std::vector<core::NewJob>& jobs,
                                                    Timestamp now) {
  std::vector<core::InsertResult> results;
  results.reserve(jobs.size());
  for (const core::NewJob& job : jobs) {
    CC_TRY_ASSIGN(const core::InsertResult result, insert_job(writer, job, now));
    results.push_back(result);
  }
  return results;
}

}  // namespace certconnector::store
