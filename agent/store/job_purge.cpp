#include "agent/store/queue_operations.h"
#include "agent/store/statement.h"

namespace certconnector::store {
namespace {

constexpr char kClosed[] =
    "SELECT ticket, authority, type, state FROM job INDEXED BY job_closed "
    "WHERE closed_at IS NOT NULL AND closed_at < ? ORDER BY closed_at LIMIT ?";
constexpr char kDelete[] = "DELETE FROM job WHERE ticket = ?";  // its events go along
constexpr char kDeleteRequest[] = "DELETE FROM request WHERE ticket = ?";
constexpr char kDeleteOutcome[] = "DELETE FROM outcome WHERE ticket = ?";
// What the job was for is remembered as long as its challenge could come again.
constexpr char kForgetLater[] = "UPDATE enrollment SET forget_at = remember_until WHERE ticket = ?";

}  // namespace

Result<std::uint64_t> purge_jobs(QueueWriter& writer, Timestamp before, std::size_t max) {
  std::vector<std::int64_t> tickets;
  {
    Query query(writer.database(), kClosed, before, max);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      tickets.push_back(query.integer(0));
      const auto type = query.integer(2) == 0 ? core::JobType::issue : core::JobType::revoke;
      writer.count(query.integer(1), type, static_cast<core::JobState>(query.integer(3)), -1);
    }
  }
  for (const std::int64_t ticket : tickets) {
    for (const char* sql : {kDelete, kDeleteRequest, kDeleteOutcome, kForgetLater}) {
      CC_TRY(run(writer.database(), sql, ticket));
    }
  }
  return tickets.size();
}

}  // namespace certconnector::store
