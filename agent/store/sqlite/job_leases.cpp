#include <unordered_set>

#include "agent/store/sqlite/job_row.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

// As jobs::may_be_at_ca() has it. Which clouds and CAs are meant is for the caller to look at: the
// lists have no fixed length.
constexpr char kEnding[] =
    "SELECT ticket, id, origin, lease_number, lease_until, authority, "
    "state IN (?2, ?3) OR interrupted <> 0 OR pending_request IS NOT NULL "
    "FROM job INDEXED BY job_lease "
    "WHERE lease_watch IS NOT NULL AND lease_watch < ?1 ORDER BY lease_watch";
// As jobs::renew_lease().
constexpr char kRenew[] =
    "UPDATE job SET lease_number = ?2, lease_until = ?3, lease_watch = ?3 "
    "WHERE ticket = ?1 AND lease_watch IS NOT NULL AND lease_number <= ?2";
// No more than jobs::expire() looks at.
constexpr char kExpired[] =
    "SELECT ticket FROM job INDEXED BY job_deadline WHERE expires IS NOT NULL AND expires <= ? "
    "AND state <> ? AND interrupted = 0 ORDER BY expires LIMIT ?";

}  // namespace

Result<std::vector<core::LeaseHolding>> leases_ending(
    StoreWriter& writer, const core::CloudShare& share, Timestamp before,
    const std::vector<core::CaFingerprint>& served, std::size_t max) {
  std::unordered_set<std::int64_t> authorities;
  for (const core::CaFingerprint& ca : served) {
    CC_TRY_ASSIGN(const auto number, writer.known_authority(ca));
    if (number) authorities.insert(*number);
  }
  std::vector<core::LeaseHolding> holdings;
  Query query(writer.database(), kEnding, before, core::JobState::running, core::JobState::held);
  for (;;) {
    if (holdings.size() >= max) return holdings;
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return holdings;
    const bool may_be_at_ca = query.integer(6) != 0;
    if (!may_be_at_ca && authorities.count(query.integer(5)) == 0) continue;
    CC_TRY_ASSIGN(Origin origin, writer.origin_name(query.integer(2)));
    if (!core::includes(share, origin.source, origin.instance)) continue;
    holdings.push_back({{query.integer(0)},
                        std::string(query.text(1)),
                        std::move(origin.instance),
                        {static_cast<std::uint64_t>(query.integer(3)), query.time(4)}});
  }
}

Status renew_leases(StoreWriter& writer, const std::vector<core::LeaseHolding>& renewed) {
  for (const core::LeaseHolding& holding : renewed) {
    CC_TRY(run(writer.database(), kRenew, holding.ticket.value,
               static_cast<std::int64_t>(holding.lease.number), holding.lease.until));
  }
  return {};
}

Status lose_leases(StoreWriter& writer, const std::vector<core::JobTicket>& lost, Timestamp now) {
  for (const core::JobTicket ticket : lost) {
    CC_TRY_ASSIGN(const auto row, load_row(writer, ticket.value));
    if (!row) continue;
    if (const auto change = jobs::lose_lease(*row, now)) {
      CC_TRY(save_change(writer, *row, *change));
    }
  }
  return {};
}

Result<std::uint64_t> expire_jobs(StoreWriter& writer, Timestamp now, std::size_t max) {
  std::vector<std::int64_t> tickets;
  {
    Query query(writer.database(), kExpired, now, core::JobState::running, max);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      tickets.push_back(query.integer(0));
    }
  }
  std::uint64_t expired = 0;
  for (const std::int64_t ticket : tickets) {
    CC_TRY_ASSIGN(const auto row, load_row(writer, ticket));
    if (!row) continue;
    const auto change = jobs::expire(*row, now);
    if (!change) continue;
    CC_TRY(save_change(writer, *row, *change));
    ++expired;
  }
  return expired;
}

}  // namespace certconnector::store
