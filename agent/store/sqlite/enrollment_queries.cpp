#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr std::size_t kMaxListed = 1000;

// Enrollments that no index finds are looked for among so many of the newest.
constexpr std::size_t kMaxLookedAt = 20000;

// `choice`: the rows that the conditions are looked at on.
#define CC_LIST_ENROLLMENTS(choice)                                                           \
  "SELECT e.ticket, instance, transaction_id, public_key, challenge, device, subject, "       \
  "at, e.attempts, coalesce(job.id, ''), signer IS NOT NULL, signers FROM (" choice           \
  ") AS e JOIN origin ON origin.number = e.origin LEFT JOIN job ON job.ticket = e.ticket "    \
  "WHERE (?1 IS NULL OR instance = ?1) AND (?2 IS NULL OR transaction_id = ?2) "              \
  "AND (?3 IS NULL OR device = ?3) AND (?4 IS NULL OR instr(lower(subject), lower(?4)) > 0) " \
  "AND (?5 IS NULL OR challenge = ?5) AND (replaced = 0 OR ?8) ORDER BY e.ticket DESC LIMIT ?9"
#define CC_NEWEST \
  "SELECT * FROM enrollment WHERE ticket BETWEEN ?6 AND ?7 ORDER BY ticket DESC LIMIT ?11"
constexpr char kNewestEnrollments[] = CC_LIST_ENROLLMENTS(CC_NEWEST);
constexpr char kEnrollmentsByTransaction[] = CC_LIST_ENROLLMENTS(
    "SELECT * FROM enrollment INDEXED BY enrollment_transaction WHERE transaction_head = ?10 "
    "AND transaction_id = ?2 AND ticket BETWEEN ?6 AND ?7 ORDER BY ticket DESC LIMIT ?11");
constexpr char kEnrollmentsByDevice[] = CC_LIST_ENROLLMENTS(
    "SELECT * FROM enrollment INDEXED BY enrollment_device WHERE device_head = ?10 "
    "AND device = ?3 AND ticket BETWEEN ?6 AND ?7 ORDER BY ticket DESC LIMIT ?11");
// Its holder by the index, the others among the newest.
constexpr char kEnrollmentsByChallenge[] = CC_LIST_ENROLLMENTS(
    "SELECT * FROM enrollment INDEXED BY enrollment_challenge WHERE challenge = ?5 AND holds = 1 "
    "AND ticket BETWEEN ?6 AND ?7 UNION ALL SELECT * FROM (" CC_NEWEST ") WHERE holds = 0");
#undef CC_NEWEST
#undef CC_LIST_ENROLLMENTS

bool is_set(const std::optional<std::string>& id) { return id && !id->empty(); }

StaticSql statement_for(const core::EnrollmentFilter& filter) {
  if (filter.ticket) return kNewestEnrollments;
  if (is_set(filter.transaction_id)) return kEnrollmentsByTransaction;
  if (is_set(filter.device)) return kEnrollmentsByDevice;
  if (filter.challenge) return kEnrollmentsByChallenge;
  return kNewestEnrollments;
}

// What statement_for() looks an index up by.
std::optional<std::int64_t> head_for(const core::EnrollmentFilter& filter) {
  const auto& id = is_set(filter.transaction_id) ? filter.transaction_id : filter.device;
  return head_of_id(id.value_or(""));
}

// First and last ticket that the filter lets through.
std::pair<std::int64_t, std::int64_t> range_of(const core::EnrollmentFilter& filter) {
  if (filter.ticket) return {filter.ticket->value, filter.ticket->value};
  return {0, filter.after ? filter.after->value - 1 : std::numeric_limits<std::int64_t>::max()};
}

}  // namespace

Result<std::vector<core::EnrollmentRecord>> list_enrollments(Database& database,
                                                             const core::EnrollmentFilter& filter) {
  const auto [first, last] = range_of(filter);
  Query query(database, statement_for(filter), filter.service, filter.transaction_id, filter.device,
              filter.subject, filter.challenge, first, last, filter.ticket.has_value(),
              std::min(filter.limit, kMaxListed), head_for(filter), kMaxLookedAt);
  std::vector<core::EnrollmentRecord> records;
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return records;
    core::EnrollmentRecord record;
    record.ticket.value = query.integer(0);
    record.key.service = query.text(1);
    record.key.transaction_id = query.text(2);
    const ByteView key = query.blob(3);
    if (key.size() != record.key.public_key.size()) {
      return database.damaged("has a damaged record of an enrollment");
    }
    std::copy(key.begin(), key.end(), record.key.public_key.begin());
    record.challenge = query.text(4);
    record.device = query.text(5);
    record.subject = query.text(6);
    record.at = query.time(7);
    record.attempts = static_cast<int>(query.integer(8));
    record.job = query.text(9);
    record.foreign_signer = query.integer(10) != 0;
    record.signers = static_cast<int>(query.integer(11));
    records.push_back(std::move(record));
  }
}

}  // namespace certconnector::store
