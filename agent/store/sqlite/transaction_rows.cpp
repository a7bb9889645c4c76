#include "agent/store/sqlite/transaction_rows.h"

#include <algorithm>
#include <utility>

#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

#define CC_OF_TRANSACTION_ROWS(choice)                                                   \
  "SELECT ticket, claim, withheld, renews IS NOT NULL, transaction_id, "                 \
  "(SELECT instance FROM origin WHERE number = enrollment.origin), public_key, signer, " \
  "last_signer "                                                                         \
  "FROM enrollment INDEXED BY " choice " = ? ORDER BY ticket DESC"
constexpr char kOfKeyLookup[] = CC_OF_TRANSACTION_ROWS("enrollment_lookup WHERE lookup");
constexpr char kOfSigner[] = CC_OF_TRANSACTION_ROWS("enrollment_signer WHERE signer_lookup");
constexpr char kOfLastSigner[] =
    CC_OF_TRANSACTION_ROWS("enrollment_last_signer WHERE last_signer_lookup");
#undef CC_OF_TRANSACTION_ROWS

std::optional<crypto::Sha256> hash_in(ByteView octets) {
  crypto::Sha256 hash{};
  if (octets.size() != hash.size()) return std::nullopt;
  std::copy(octets.begin(), octets.end(), hash.begin());
  return hash;
}

// The next row of the transaction; nothing: there is no more.
Result<std::optional<TransactionRow>> next_row(Database& database, Query& query,
                                               const core::EnrollmentKey& key) {
  for (;;) {
    CC_TRY_ASSIGN(const bool there, query.next());
    if (!there) return std::optional<TransactionRow>();
    if (query.text(4) != key.transaction_id || query.text(5) != key.service) continue;
    const auto public_key = hash_in(query.blob(6));
    if (!public_key) return database.damaged("has a damaged record of an enrollment");
    TransactionRow row;
    row.known = {core::JobTicket{query.integer(0)}, query.integer(2) != 0, query.integer(3) != 0};
    row.public_key = *public_key;
    row.signers.first = hash_in(query.blob(7)).value_or(row.public_key);
    row.signers.last = hash_in(query.blob(8));
    return std::make_optional(row);
  }
}

template <typename Fits>
Result<std::vector<TransactionRow>> rows_by(Database& database, StaticSql sql,
                                            const core::EnrollmentKey& key, const Fits& fits) {
  const std::int64_t lookup = enrollment_lookup(key);
  std::vector<TransactionRow> rows;
  Query query(database, sql, lookup);
  for (;;) {
    CC_TRY_ASSIGN(const auto row, next_row(database, query, key));
    if (!row) return rows;
    if (fits(*row)) rows.push_back(*row);
  }
}

}  // namespace

std::int64_t enrollment_lookup(const crypto::Sha256& transaction) {
  std::int64_t lookup = 0;
  for (std::size_t i = 0; i < sizeof(lookup); ++i) {
    lookup =
        static_cast<std::int64_t>((static_cast<std::uint64_t>(lookup) << 8U) | transaction.at(i));
  }
  return lookup;
}

std::int64_t enrollment_lookup(const core::EnrollmentKey& key) {
  return enrollment_lookup(enrollment::transaction_identity(key));
}

Result<std::vector<TransactionRow>> rows_of_key(Database& database,
                                                const core::EnrollmentKey& key) {
  return rows_by(database, kOfKeyLookup, key,
                 [&](const TransactionRow& row) { return row.public_key == key.public_key; });
}

Result<std::optional<TransactionRow>> row_of_claim(Database& database,
                                                   const core::EnrollmentKey& key,
                                                   const enrollment::EnrollmentIdentity& identity) {
  Query query(database, kOfKeyLookup, enrollment_lookup(identity.transaction));
  for (;;) {
    CC_TRY_ASSIGN(auto row, next_row(database, query, key));
    const bool found =
        row && row->public_key == key.public_key && query.blob(1) == crypto::view(identity.claim);
    if (!row || found) return row;
  }
}

Result<std::vector<TransactionRow>> rows_of_signer(Database& database,
                                                   const core::EnrollmentKey& signer) {
  const auto may_poll = [&](const TransactionRow& row) {
    return enrollment::may_poll(row.signers, signer.public_key);
  };
  CC_TRY_ASSIGN(auto rows, rows_by(database, kOfKeyLookup, signer, may_poll));
  for (const StaticSql sql : {StaticSql(kOfSigner), StaticSql(kOfLastSigner)}) {
    CC_TRY_ASSIGN(const auto foreign, rows_by(database, sql, signer, may_poll));
    rows.insert(rows.end(), foreign.begin(), foreign.end());
  }
  std::sort(rows.begin(), rows.end(), [](const TransactionRow& a, const TransactionRow& b) {
    return a.known.ticket.value > b.known.ticket.value;
  });
  const auto same = [](const TransactionRow& a, const TransactionRow& b) {
    return a.known.ticket.value == b.known.ticket.value;
  };
  rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
  return rows;
}

}  // namespace certconnector::store
