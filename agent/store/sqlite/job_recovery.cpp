#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr char kClaimsOfOthers[] =
    "SELECT ticket FROM job INDEXED BY job_claimed WHERE owner IS NOT NULL AND owner <> ?";
// As jobs::correct_times(). The rows are looked at only where the index alone says that the job
// waits for later.
constexpr char kDueTooLate[] =
    "UPDATE job SET due = ?1 WHERE ticket IN "
    "(SELECT ticket FROM job INDEXED BY job_due WHERE due IS NOT NULL AND due > ?1) "
    "AND due > ?1 + last_backoff";
constexpr char kLeaseTooLong[] =
    "UPDATE job INDEXED BY job_lease SET lease_until = ?1, lease_watch = ?1 "
    "WHERE lease_watch IS NOT NULL AND lease_watch > ?2";

}  // namespace

Status correct_times(StoreWriter& writer, Timestamp now) {
  CC_TRY(run(writer.database(), kDueTooLate, now));
  return run(writer.database(), kLeaseTooLong, now, now + jobs::kLongestLease);
}

Result<std::uint64_t> recover_claims(StoreWriter& writer, const core::ClaimOwner& owner,
                                     Timestamp now) {
  CC_TRY_ASSIGN(const std::int64_t self, writer.owner(owner));
  std::vector<std::int64_t> tickets;
  {
    Query query(writer.database(), kClaimsOfOthers, self);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      tickets.push_back(query.integer(0));
    }
  }
  for (const std::int64_t ticket : tickets) {
    CC_TRY_ASSIGN(const auto row, load_row(writer, ticket));
    if (!row) continue;
    const auto change = jobs::recover(*row, now);
    if (!change) return writer.database().damaged("has a claim on a job that is not running");
    CC_TRY(save_change(writer, *row, *change));
  }
  CC_TRY(writer.drop_owners_but(self));
  return tickets.size();
}

}  // namespace certconnector::store
