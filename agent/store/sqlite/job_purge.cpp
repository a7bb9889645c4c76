#include <optional>
#include <vector>

#include "agent/store/sqlite/job_codec.h"
#include "agent/store/sqlite/queue_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kClosed[] =
    "SELECT job.ticket, authority, type, state, outcome.record FROM job INDEXED BY job_closed "
    "LEFT JOIN outcome ON outcome.ticket = job.ticket "
    "WHERE closed_at IS NOT NULL AND closed_at < ? ORDER BY closed_at LIMIT ?";
constexpr char kFileAgain[] = "UPDATE job SET closed_at = ?2 WHERE ticket = ?1";
constexpr char kDelete[] = "DELETE FROM job WHERE ticket = ?";  // its events go along
constexpr char kDeleteRequest[] = "DELETE FROM request WHERE ticket = ?";
constexpr char kDeleteOutcome[] = "DELETE FROM outcome WHERE ticket = ?";
// What the job was for is remembered as long as its challenge could come again.
constexpr char kForgetLater[] = "UPDATE enrollment SET forget_at = remember_until WHERE ticket = ?";

struct Closed {
  std::int64_t ticket = 0;
  // Set: its certificate ends then, which is not long enough ago.
  std::optional<Timestamp> keep_until;
};

// A damaged outcome is no reason to keep anything.
std::optional<Timestamp> certificate_end(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  const auto outcome = decode_outcome(query.blob(column));
  const auto* issued = outcome ? std::get_if<core::Issued>(&*outcome) : nullptr;
  return issued == nullptr ? std::nullopt : std::make_optional(issued->certificate.not_after);
}

Result<std::vector<Closed>> closed_before(QueueWriter& writer, Timestamp before, std::size_t max) {
  std::vector<Closed> closed;
  Query query(writer.database(), kClosed, before, max);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return closed;
    const auto end = certificate_end(query, 4);
    const bool keep = end && *end >= before;
    closed.push_back({query.integer(0), keep ? end : std::nullopt});
    if (keep) continue;
    const auto type = query.integer(2) == 0 ? core::JobType::issue : core::JobType::revoke;
    writer.count(query.integer(1), type, static_cast<core::JobState>(query.integer(3)), -1);
  }
}

}  // namespace

Result<std::uint64_t> purge_jobs(QueueWriter& writer, Timestamp before, std::size_t max) {
  CC_TRY_ASSIGN(const std::vector<Closed> closed, closed_before(writer, before, max));
  for (const Closed& job : closed) {
    if (job.keep_until) {
      // Not before `before`, so that this purge does not meet it again.
      CC_TRY(run(writer.database(), kFileAgain, job.ticket, *job.keep_until));
      continue;
    }
    for (const char* sql : {kDelete, kDeleteRequest, kDeleteOutcome, kForgetLater}) {
      CC_TRY(run(writer.database(), sql, job.ticket));
    }
  }
  return closed.size();
}

}  // namespace certconnector::store
