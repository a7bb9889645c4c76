#include <utility>

#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/store_operations.h"
#include "agent/store/sqlite/transaction_rows.h"

namespace certconnector::store {
namespace {

using Standing = std::optional<core::EnrollmentStanding>;

// `keys`: of the certificates that tell how an enrollment without a job ended.
Result<Standing> find_among(Database& database, const std::vector<TransactionRow>& rows,
                            const std::vector<core::EnrollmentKey>& keys) {
  std::vector<enrollment::KnownEnrollment> known;
  known.reserve(rows.size());
  for (const TransactionRow& row : rows) known.push_back(row.known);
  SqliteEnrollmentRows by_rule(database);
  CC_TRY_ASSIGN(auto standing, enrollment::answer_of(known, by_rule));
  if (standing) {
    CC_TRY_ASSIGN(const auto job, by_rule.job(standing->ticket));
    if (!job.refused_on_arrival) return standing;
  }
  for (const core::EnrollmentKey& key : keys) {
    CC_TRY_ASSIGN(auto by_certificate, standing_without_job(database, key));
    if (by_certificate) return by_certificate;
  }
  return standing;
}

}  // namespace

Result<Standing> find_enrollment(Database& database, const core::EnrollmentKey& key) {
  CC_TRY_ASSIGN(const auto rows, rows_of_key(database, key));
  return find_among(database, rows, {key});
}

Result<Standing> find_for_poll(Database& database, const core::EnrollmentKey& signer) {
  CC_TRY_ASSIGN(const auto rows, rows_of_signer(database, signer));
  std::vector<core::EnrollmentKey> keys{signer};
  for (const TransactionRow& row : rows) {
    if (row.public_key == signer.public_key) continue;
    keys.push_back({signer.service, signer.transaction_id, row.public_key});
  }
  return find_among(database, rows, keys);
}

}  // namespace certconnector::store
