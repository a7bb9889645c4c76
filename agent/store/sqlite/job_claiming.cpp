#include <algorithm>

#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/store/sqlite/columns.h"
#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

// Claims walk the few ranks there are and take what is due in each: the cost depends on neither the
// length of the queue nor the number of jobs that wait for later.
constexpr char kNextRank[] =
    "SELECT rank FROM job INDEXED BY job_due "
    "WHERE due IS NOT NULL AND authority = ? AND rank > ? ORDER BY rank LIMIT 1";
constexpr char kFirstDue[] =
    "SELECT due FROM job INDEXED BY job_due "
    "WHERE due IS NOT NULL AND authority = ? AND rank = ? ORDER BY due LIMIT 1";
#define CC_CANDIDATE_COLUMNS(FIRST, MORE)  \
  FIRST(ticket, "job.ticket")              \
  MORE(id, "id")                           \
  MORE(origin, "origin")                   \
  MORE(digest, "digest")                   \
  MORE(correlation, "correlation")         \
  MORE(type, "type")                       \
  MORE(priority, "priority")               \
  MORE(deadline, "deadline")               \
  MORE(received, "received")               \
  MORE(state, "state")                     \
  MORE(attempts, "attempts")               \
  MORE(lease_number, "lease_number")       \
  MORE(lease_until, "lease_until")         \
  MORE(interrupted, "interrupted")         \
  MORE(approved, "approved")               \
  MORE(pending_request, "pending_request") \
  MORE(last_backoff, "last_backoff")       \
  MORE(request, "record")

struct CandidateColumn {
  enum : int { CC_CANDIDATE_COLUMNS(CC_COLUMN_NAME, CC_COLUMN_NAME) };
};

// As jobs::claimable_from() and jobs::claim_rank() order them.
constexpr char kDueJobs[] =
    "SELECT " CC_CANDIDATE_COLUMNS(CC_FIRST_COLUMN, CC_NEXT_COLUMN)
    " FROM job INDEXED BY job_due LEFT JOIN request ON request.ticket = job.ticket "
    "WHERE due IS NOT NULL AND authority = ? AND rank = ? AND due <= ? "
    "ORDER BY due, job.ticket LIMIT ?";
#undef CC_CANDIDATE_COLUMNS
constexpr char kClaim[] =
    "UPDATE job SET state = ?2, owner = ?3, claim_until = ?4, started = ?5, attempts = ?6, "
    "due = ?7 WHERE ticket = ?1";

struct Candidate {
  core::Job job;
  Timestamp received;
  JobRow row;  // of its life what a runner has to know
};

Result<std::optional<std::int64_t>> next_rank(StoreWriter& writer, std::int64_t authority,
                                              std::int64_t after) {
  Query query(writer.database(), kNextRank, authority, after);
  CC_TRY_ASSIGN(const bool found, query.next());
  return found ? std::make_optional(query.integer(0)) : std::nullopt;
}

void read_life(const Query& query, jobs::JobLife& life) {
  using Column = CandidateColumn;
  life.deadline = query.optional_time(Column::deadline);
  life.state = static_cast<core::JobState>(query.integer(Column::state));
  life.attempts = static_cast<int>(query.integer(Column::attempts));
  if (!query.is_null(Column::lease_number)) {
    life.lease = core::Lease{static_cast<std::uint64_t>(query.integer(Column::lease_number)),
                             query.time(Column::lease_until)};
  }
  life.interrupted = query.integer(Column::interrupted) != 0;
  life.approved = query.integer(Column::approved) != 0;
  if (!query.is_null(Column::pending_request)) {
    life.pending_request = std::string(query.text(Column::pending_request));
  }
  life.last_backoff = Duration(query.integer(Column::last_backoff));
}

Result<Candidate> read_candidate(StoreWriter& writer, const Query& query,
                                 const core::CaFingerprint& ca) {
  using Column = CandidateColumn;
  Database& database = writer.database();
  Candidate candidate;
  core::Job& job = candidate.job;
  candidate.row.ticket = query.integer(Column::ticket);
  CC_TRY_ASSIGN(Origin origin, writer.origin_name(query.integer(Column::origin)));
  job.key.source = origin.source;
  job.key.instance = std::move(origin.instance);
  job.key.id = query.text(Column::id);
  const ByteView digest = query.blob(Column::digest);
  auto request = decode_request(query.blob(Column::request));
  if (digest.size() != job.key.digest.size() || !request) {
    return database.damaged("has a damaged record of job " + job.key.id);
  }
  std::copy(digest.begin(), digest.end(), job.key.digest.begin());
  job.request = std::move(*request);
  if (query.integer(Column::type) != static_cast<std::int64_t>(job.type())) {
    return database.damaged("has a damaged record of job " + job.key.id);
  }
  job.ca = ca;
  job.correlation_id = query.text(Column::correlation);
  job.priority = static_cast<int>(query.integer(Column::priority));
  candidate.received = query.time(Column::received);
  read_life(query, candidate.row);
  job.deadline = candidate.row.deadline;
  return candidate;
}

Result<std::vector<Candidate>> due_jobs(StoreWriter& writer, std::int64_t authority,
                                        const core::ClaimQuery& wanted) {
  std::vector<Candidate> candidates;
  std::int64_t rank = -1;
  while (candidates.size() < wanted.max) {
    CC_TRY_ASSIGN(const auto next, next_rank(writer, authority, rank));
    if (!next) break;
    rank = *next;
    Query query(writer.database(), kDueJobs, authority, rank, wanted.now,
                wanted.max - candidates.size());
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      CC_TRY_ASSIGN(auto candidate, read_candidate(writer, query, wanted.ca));
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

}  // namespace

Result<std::vector<core::ClaimedJob>> claim_jobs(StoreWriter& writer,
                                                 const core::ClaimQuery& query) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(query.ca));
  CC_TRY_ASSIGN(const std::int64_t owner, writer.owner(query.owner));
  CC_TRY_ASSIGN(auto candidates, due_jobs(writer, authority, query));
  std::vector<core::ClaimedJob> claimed;
  claimed.reserve(candidates.size());
  for (Candidate& candidate : candidates) {
    auto change = jobs::claim(candidate.row, query.now);
    if (!change) return writer.database().damaged("has a finished job that waits to be claimed");
    jobs::JobLife& life = change->job;
    const core::JobType type = candidate.job.type();
    CC_TRY(run(writer.database(), kClaim, candidate.row.ticket, life.state, owner,
               query.claim_until, life.started, life.attempts, jobs::claimable_from(life)));
    writer.count(authority, type, candidate.row.state, -1);
    writer.count(authority, type, life.state, 1);
    claimed.push_back(jobs::claimed_job({candidate.row.ticket}, std::move(candidate.job),
                                        std::move(life), candidate.received));
  }
  return claimed;
}

Result<std::optional<Timestamp>> next_due(StoreWriter& writer, const core::CaFingerprint& ca) {
  CC_TRY_ASSIGN(const auto authority, writer.known_authority(ca));
  std::optional<Timestamp> first;
  if (!authority) return first;
  std::int64_t rank = -1;
  for (;;) {
    CC_TRY_ASSIGN(const auto next, next_rank(writer, *authority, rank));
    if (!next) return first;
    rank = *next;
    Query query(writer.database(), kFirstDue, *authority, rank);
    CC_TRY_ASSIGN(const bool found, query.next());
    if (found && (!first || query.time(0) < *first)) first = query.time(0);
  }
}

}  // namespace certconnector::store
