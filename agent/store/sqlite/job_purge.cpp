#include <array>
#include <optional>
#include <vector>

#include "agent/jobs/lifecycle/job_orders.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

// As jobs::may_be_purged(), with its jobs::JobTies.
constexpr char kClosed[] =
    "SELECT job.ticket, job.authority, type, state, "
    "CASE WHEN holds = 1 THEN remember_until END, "
    "CASE WHEN withheld = 1 THEN (SELECT not_after FROM certificate WHERE entry = "
    "(SELECT certificate FROM outcome WHERE outcome.ticket = job.ticket)) END "
    "FROM job INDEXED BY job_closed LEFT JOIN enrollment ON enrollment.ticket = job.ticket "
    "WHERE closed_at IS NOT NULL AND closed_at < ? ORDER BY closed_at LIMIT ?";
constexpr char kFileAgain[] = "UPDATE job SET closed_at = ?2 WHERE ticket = ?1";
constexpr char kDelete[] = "DELETE FROM job WHERE ticket = ?";  // its events go along
constexpr char kDeleteRequest[] = "DELETE FROM request WHERE ticket = ?";
constexpr char kDeleteOutcome[] = "DELETE FROM outcome WHERE ticket = ?";
// The ledger remembers the enrollment of the job as long as its challenge could come again.
constexpr char kForgetLater[] = "UPDATE enrollment SET forget_at = remember_until WHERE ticket = ?";
constexpr std::array<StaticSql, 4> kRemove{kDelete, kDeleteRequest, kDeleteOutcome, kForgetLater};

struct Closed {
  std::int64_t ticket = 0;
  std::optional<Timestamp> needed_until;
};

Result<std::vector<Closed>> closed_before(StoreWriter& writer, Timestamp before, Timestamp now,
                                          std::size_t max) {
  std::vector<Closed> closed;
  Query query(writer.database(), kClosed, before, max);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return closed;
    const jobs::JobTies ties{query.optional_time(4), query.optional_time(5)};
    closed.push_back({query.integer(0), jobs::needed_until(ties, now)});
    if (closed.back().needed_until) continue;
    const auto type = query.integer(2) == 0 ? core::JobType::issue : core::JobType::revoke;
    writer.count(query.integer(1), type, static_cast<core::JobState>(query.integer(3)), -1);
  }
}

}  // namespace

Result<std::uint64_t> purge_jobs(StoreWriter& writer, Timestamp before, Timestamp now,
                                 std::size_t max) {
  CC_TRY_ASSIGN(const std::vector<Closed> closed, closed_before(writer, before, now, max));
  for (const Closed& job : closed) {
    if (job.needed_until) {
      CC_TRY(run(writer.database(), kFileAgain, job.ticket,
                 jobs::filed_again(*job.needed_until, now - before)));
      continue;
    }
    for (const StaticSql sql : kRemove) CC_TRY(run(writer.database(), sql, job.ticket));
  }
  return closed.size();
}

}  // namespace certconnector::store
