#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr char kInsertJob[] =
    "INSERT INTO job(ticket, id, origin, digest, correlation, authority, type, priority, rank, "
    "deadline, received, rejected, state, ended_as, due, lease_number, lease_until, lease_watch, "
    "expires, finished, report_at, closed_at, reports, outside) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
    "?20, ?21, ?22, ?23, ?24) ON CONFLICT (id, origin) DO NOTHING";
constexpr char kInsertRequest[] = "INSERT INTO request(ticket, record) VALUES (?, ?)";
constexpr char kFindIdentity[] = "SELECT ticket, digest FROM job WHERE id = ? AND origin = ?";

constexpr std::size_t kMaxCorrelation = 128;

// The values for the rows of a new job.
struct Arrival {
  Bytes request;
  jobs::JobChange life;
};

Arrival examine(const core::NewJob& job, Timestamp now) {
  if (auto record = encode_request(job.job.request)) {
    return {std::move(*record), jobs::arrive(job, now)};
  }
  const JobRequest nothing = job.job.type() == core::JobType::issue
                                 ? JobRequest(core::IssueRequest())
                                 : JobRequest(core::RevokeRequest());
  Bytes empty = encode_request(nothing).value_or(Bytes());
  if (job.rejection) return {std::move(empty), jobs::arrive(job, now)};
  // One job that is too large must not keep the others of its batch out.
  return {std::move(empty),
          jobs::turn_away(
              job,
              core::failed(core::failure::kBadJob,
                           "A part of the job is larger than the agent's queue takes; shorten it"),
              now)};
}

// Whether the row was new.
Result<bool> insert_row(StoreWriter& writer, const core::NewJob& arrived, const Arrival& arrival,
                        std::int64_t origin, Timestamp now) {
  const core::Job& job = arrived.job;
  const jobs::JobLife& life = arrival.life.job;
  std::optional<std::int64_t> lease_number;
  std::optional<Timestamp> lease_until;
  if (life.lease) {
    lease_number = static_cast<std::int64_t>(life.lease->number);
    lease_until = life.lease->until;
  }
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(job.ca));
  CC_TRY_ASSIGN(const std::int64_t ticket, writer.next_ticket());
  Database& database = writer.database();
  CC_TRY(run(database, kInsertJob, ticket, job.key.id, origin, job.key.digest,
             clip(job.correlation_id, kMaxCorrelation), authority, job.type(), job.priority,
             jobs::claim_rank(job), life.deadline, now, life.rejected, life.state, life.ended_as,
             jobs::claimable_from(life), lease_number, lease_until, jobs::lease_watch(life),
             jobs::expiry_watch(life), life.finished, life.report_at, life.closed_at, life.reports,
             arrived.external));
  if (database.changes() == 0) return false;
  CC_TRY(run(database, kInsertRequest, ticket, arrival.request));
  if (arrival.life.outcome) CC_TRY(save_outcome(writer, ticket, *arrival.life.outcome));
  writer.count(authority, job.type(), life.state, 1);
  return true;
}

}  // namespace

Result<core::InsertResult> insert_job(StoreWriter& writer, const core::NewJob& job, Timestamp now) {
  const core::JobKey& key = job.job.key;
  CC_TRY_ASSIGN(const std::int64_t origin, writer.origin({key.source, key.instance}));
  CC_TRY_ASSIGN(const bool inserted, insert_row(writer, job, examine(job, now), origin, now));
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
    CC_TRY(save_notes(writer, ticket, {jobs::conflict(now)}));
    return core::InsertResult::conflict;
  }
  CC_TRY_ASSIGN(const auto row, load_row(writer, ticket));
  if (row) CC_TRY(save_change(writer, *row, jobs::arrive_again(*row, job, now)));
  return core::InsertResult::known;
}

Result<std::vector<core::InsertResult>> insert_jobs(StoreWriter& writer,
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
