#include <algorithm>

#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

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
constexpr char kDueJobs[] =
    "SELECT job.ticket, id, origin, digest, correlation, type, priority, deadline, received, "
    "state, attempts, lease_number, lease_until, interrupted, approved, pending_request, "
    "last_backoff, record "
    "FROM job INDEXED BY job_due LEFT JOIN request ON request.ticket = job.ticket "
    "WHERE due IS NOT NULL AND authority = ? AND rank = ? AND due <= ? "
    "ORDER BY due, job.ticket LIMIT ?";
constexpr char kClaim[] =
    "UPDATE job SET state = ?2, owner = ?3, claim_until = ?4, started = ?5, "
    "attempts = attempts + 1, due = NULL WHERE ticket = ?1";

struct Candidate {
  core::ClaimedJob claimed;
  core::JobState state = core::JobState::queued;
};

Result<std::optional<std::int64_t>> next_rank(QueueWriter& writer, std::int64_t authority,
                                              std::int64_t after) {
  Query query(writer.database(), kNextRank, authority, after);
  CC_TRY_ASSIGN(const bool found, query.next());
  return found ? std::make_optional(query.integer(0)) : std::nullopt;
}

Result<Candidate> read_candidate(QueueWriter& writer, const Query& query,
                                 const core::CaFingerprint& ca) {
  Database& database = writer.database();
  Candidate candidate;
  core::ClaimedJob& claimed = candidate.claimed;
  core::Job& job = claimed.job;
  claimed.ticket.value = query.integer(0);
  CC_TRY_ASSIGN(Origin origin, writer.origin_name(query.integer(2)));
  job.key.source = origin.source;
  job.key.instance = std::move(origin.instance);
  job.key.id = query.text(1);
  const ByteView digest = query.blob(3);
  auto request = decode_request(query.blob(17));
  if (digest.size() != job.key.digest.size() || !request) {
    return database.damaged("has a damaged record of job " + job.key.id);
  }
  std::copy(digest.begin(), digest.end(), job.key.digest.begin());
  job.request = std::move(*request);
  if (query.integer(5) != static_cast<std::int64_t>(job.type())) {
    return database.damaged("has a damaged record of job " + job.key.id);
  }
  job.ca = ca;
  job.correlation_id = query.text(4);
  job.priority = static_cast<int>(query.integer(6));
  job.deadline = query.optional_time(7);
  claimed.received = query.time(8);
  candidate.state = static_cast<core::JobState>(query.integer(9));
  claimed.attempt = static_cast<int>(query.integer(10)) + 1;
  if (!query.is_null(11)) {
    claimed.lease = core::Lease{static_cast<std::uint64_t>(query.integer(11)), query.time(12)};
  }
  claimed.interrupted = query.integer(13) != 0;
  claimed.approved = query.integer(14) != 0;
  if (!query.is_null(15)) claimed.pending_request = std::string(query.text(15));
  claimed.last_backoff = Duration(query.integer(16));
  return candidate;
}

Result<std::vector<Candidate>> due_jobs(QueueWriter& writer, std::int64_t authority,
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

Result<std::vector<core::ClaimedJob>> claim_jobs(QueueWriter& writer,
                                                 const core::ClaimQuery& query) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(query.ca));
  CC_TRY_ASSIGN(const std::int64_t owner, writer.owner(query.owner));
  CC_TRY_ASSIGN(auto candidates, due_jobs(writer, authority, query));
  std::vector<core::ClaimedJob> claimed;
  claimed.reserve(candidates.size());
  for (Candidate& candidate : candidates) {
    const core::JobType type = candidate.claimed.job.type();
    const auto state = jobs::next_state(candidate.state, jobs::JobTrigger::claimed);
    if (!state) return writer.database().damaged("has a finished job that waits to be claimed");
    CC_TRY(run(writer.database(), kClaim, candidate.claimed.ticket.value, *state, owner,
               query.claim_until, query.now));
    writer.count(authority, type, candidate.state, -1);
    writer.count(authority, type, *state, 1);
    claimed.push_back(std::move(candidate.claimed));
  }
  return claimed;
}

Result<std::optional<Timestamp>> next_due(QueueWriter& writer, const core::CaFingerprint& ca) {
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
