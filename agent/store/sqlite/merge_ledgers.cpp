#include "agent/store/sqlite/merge.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/table_copy.h"

namespace certconnector::store {
namespace {

// As core::ChallengeLedger: the first withdrawal counts.
constexpr char kWithdrawn[] =
    "UPDATE challenge_password SET revoked_at = ?2, revoked_by = ?3 "
    "WHERE id = ?1 AND revoked_at IS NULL";
constexpr char kRememberLonger[] =
    "UPDATE challenge_revocation SET forget_at = max(forget_at, ?2) WHERE id = ?1";
constexpr char kWithdrawnElsewhere[] =
    "UPDATE challenge_password SET revoked_at = "
    "(SELECT revoked_at FROM challenge_revocation AS r WHERE r.id = challenge_password.id), "
    "revoked_by = (SELECT revoked_by FROM challenge_revocation AS r "
    "WHERE r.id = challenge_password.id) "
    "WHERE revoked_at IS NULL AND id IN (SELECT id FROM challenge_revocation)";
constexpr char kHasEnrollment[] = "SELECT 1 FROM enrollment WHERE ticket = ?";
constexpr char kSameEnrollment[] =
    "SELECT 1 FROM enrollment WHERE lookup = ? AND claim = ? AND transaction_id = ? AND at = ?";
constexpr char kHolder[] = "SELECT 1 FROM enrollment WHERE challenge = ? AND holds = 1";

class LedgerMerge {
 public:
  explicit LedgerMerge(Merge& merge) : merge_(merge) {}

  Status run() {
    CC_TRY(for_each("challenge_password", "challenge passwords",
                    [this](TableCopy& row) { return merge_password(row); }));
    CC_TRY(for_each("challenge_revocation", "withdrawn challenges",
                    [this](TableCopy& row) { return merge_withdrawal(row); }));
    CC_TRY(merge_.to().execute(kWithdrawnElsewhere));
    return for_each("enrollment", "enrollments",
                    [this](TableCopy& row) { return merge_enrollment(row); });
  }

 private:
  template <typename MergeRow>
  Status for_each(const char* table, const char* kind, const MergeRow& merge_row) {
    merge_.counts.push_back({kind, 0, 0, false, {}});
    CC_TRY_ASSIGN(TableCopy rows, TableCopy::open(merge_.sides.backup, merge_.to(), table));
    for (;;) {
      CC_TRY_ASSIGN(const bool row, rows.next());
      if (!row) return {};
      CC_TRY_ASSIGN(const bool added, merge_row(rows));
      if (added) ++merge_.counts.back().copied;
    }
  }

  // Where rows are lost, nobody knows whether it was used.
  Result<bool> merge_password(TableCopy& row) {
    ColumnValues values;
    if (merge_.sides.newer_damaged && row.is_null("revoked_at")) {
      values = {{"revoked_at", to_millis(merge_.sides.now)},
                {"revoked_by", std::string("restore")}};
    }
    CC_TRY_ASSIGN(const bool added, row.write(values));
    if (added || row.is_null("revoked_at")) return added;
    CC_TRY(store::run(merge_.to(), kWithdrawn, row.text("id"), row.integer("revoked_at"),
                      row.text("revoked_by")));
    return false;
  }

  Result<bool> merge_withdrawal(TableCopy& row) {
    CC_TRY_ASSIGN(const bool added, row.write({}));
    if (!added) {
      CC_TRY(store::run(merge_.to(), kRememberLonger, row.text("id"), row.integer("forget_at")));
    }
    return added;
  }

  Result<bool> merge_enrollment(TableCopy& row) {
    CC_TRY_ASSIGN(const auto of_job, merge_.numbers.ticket(row.integer("ticket")));
    CC_TRY_ASSIGN(const bool known, of_job ? has_enrollment(*of_job) : has_same(row));
    if (known) return false;
    ColumnValues values;
    if (of_job) {
      values["ticket"] = *of_job;
    } else {
      CC_TRY_ASSIGN(values["ticket"], merge_.sides.newer.next_ticket());
    }
    CC_TRY_ASSIGN(values["origin"], merge_.numbers.origin(row.integer("origin")));
    CC_TRY_ASSIGN(const bool held, is_held(row));
    if (held) values["holds"] = std::int64_t{0};
    if (!row.is_null("lineage")) {
      CC_TRY_ASSIGN(values["lineage"], merge_.numbers.lineage(row.integer("lineage")));
    }
    if (!row.is_null("renews")) {
      CC_TRY_ASSIGN(const auto renews, merge_.numbers.entry(row.integer("renews")));
      values["renews"] = renews ? StoredValue(*renews) : StoredValue();
    }
    return row.write(values);
  }

  Result<bool> has_enrollment(std::int64_t ticket) {
    Query query(merge_.to(), kHasEnrollment, ticket);
    return query.next();
  }

  Result<bool> has_same(const TableCopy& row) {
    Query query(merge_.to(), kSameEnrollment, row.integer("lookup"), row.blob("claim"),
                row.text("transaction_id"), row.integer("at"));
    return query.next();
  }

  // By another enrollment of the newer side.
  Result<bool> is_held(const TableCopy& row) {
    if (row.integer("holds") == 0) return false;
    Query query(merge_.to(), kHolder, row.text("challenge"));
    return query.next();
  }

  Merge& merge_;
};

}  // namespace

Status merge_ledgers(Merge& merge) { return LedgerMerge(merge).run(); }

}  // namespace certconnector::store
