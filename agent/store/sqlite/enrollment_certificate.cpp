#include <utility>

#include "agent/enrollment/rules/enrollment_progress.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

// More of one transaction would be no device's.
constexpr std::size_t kMostOfTransaction = 100;

constexpr char kOfTransactionHead[] =
    "SELECT record, coalesce(ticket, 0), renews FROM certificate INDEXED BY "
    "certificate_transaction WHERE transaction_head = ? ORDER BY entry DESC LIMIT ?";
constexpr char kRenewedRecord[] = "SELECT record FROM certificate WHERE entry = ?";

Result<bool> has_renewed_key(Database& database, std::optional<std::int64_t> renews,
                             const crypto::Sha256& public_key) {
  if (!renews) return false;
  Query query(database, kRenewedRecord, *renews);
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found) return false;
  const auto entry = decode_certificate(query.blob(0));
  if (!entry) return database.damaged("has a damaged certificate record");
  return enrollment::has_key(entry->certificate, public_key);
}

}  // namespace

Result<std::optional<core::EnrollmentStanding>> standing_without_job(
    Database& database, const core::EnrollmentKey& key) {
  const auto head = head_of_id(key.transaction_id);
  if (!head) return std::optional<core::EnrollmentStanding>();
  Query query(database, kOfTransactionHead, *head, kMostOfTransaction);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return std::optional<core::EnrollmentStanding>();
    auto entry = decode_certificate(query.blob(0));
    if (!entry) return database.damaged("has a damaged certificate record");
    if (!enrollment::is_of_transaction(*entry, key)) continue;
    bool is_its_key = enrollment::has_key(entry->certificate, key.public_key);
    if (!is_its_key) {
      CC_TRY_ASSIGN(is_its_key,
                    has_renewed_key(database, query.optional_integer(2), key.public_key));
    }
    if (!is_its_key) continue;
    return std::make_optional(enrollment::standing_by_certificate(core::JobTicket{query.integer(1)},
                                                                  std::move(entry->certificate)));
  }
}

}  // namespace certconnector::store
