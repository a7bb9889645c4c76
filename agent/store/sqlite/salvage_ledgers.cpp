// Enrollments and challenges of a salvage. Where the use of a challenge or its withdrawal is lost,
// an index still names the challenge: it is withdrawn.
#include "agent/store/sqlite/name_list.h"
#include "agent/store/sqlite/salvage_context.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kHasEnrollment[] = "SELECT 1 FROM enrollment WHERE ticket = ?";
constexpr char kHasPassword[] = "SELECT 1 FROM challenge_password WHERE id = ?";
constexpr char kWithdraw[] =
    "INSERT OR IGNORE INTO challenge_revocation(id, revoked_at, revoked_by, forget_at) "
    "VALUES (?, ?, 'salvage', ?)";
constexpr char kWithdrawPassword[] =
    "UPDATE challenge_password SET revoked_at = ?2, revoked_by = 'salvage' "
    "WHERE id = ?1 AND revoked_at IS NULL";
constexpr std::chrono::hours kLongestChallenge{24 * 366};

using ColumnsOrNone = std::optional<ColumnValues>;

class LedgerSalvage {
 public:
  explicit LedgerSalvage(SalvageContext& context)
      : context_(context),
        source_(context.sources().queue),
        enrollments_(context.count("enrollments")),
        passwords_(context.count("challenge passwords")),
        withdrawals_(context.count("withdrawn challenges")) {}

  Status run() {
    CC_TRY(copy_passwords());
    CC_TRY(copy_withdrawals());
    return copy_enrollments();
  }

 private:
  [[nodiscard]] bool is_damaged(const std::string& name) const {
    return source_ == nullptr || source_->damage(name).any();
  }

  static Result<ColumnsOrNone> whole(const NamedRow& /*row*/) {
    return ColumnsOrNone(ColumnValues());
  }

  static Result<ColumnsOrNone> with_heads(const NamedRow& row) {
    return ColumnsOrNone({{"transaction_head", stored_head(row.text("transaction_id"))},
                          {"device_head", stored_head(row.text("device"))}});
  }

  Status copy_passwords() {
    const auto take = [&](const NamedRow& row) -> Result<ColumnsOrNone> {
      const bool good = is_null(row.value("names")) || decode_names(row.blob("names")).has_value();
      if (good) return whole(row);
      context_.lose(passwords_, std::string(row.text("id")));
      return ColumnsOrNone();
    };
    CC_TRY_ASSIGN(passwords_.copied, context_.copy(source_, "challenge_password", take));
    if (!is_damaged("challenge_password")) return {};
    passwords_.more_lost = is_damaged("challenge_password_end");
    if (passwords_.more_lost) return {};
    passwords_.lost = 0;
    passwords_.names.clear();
    return source_->for_each("challenge_password_end", [&](const NamedRow& row) -> Status {
      CC_TRY_ASSIGN(const bool there, context_.has(kHasPassword, row.text("id")));
      if (!there) context_.lose(passwords_, std::string(row.text("id")));
      return {};
    });
  }

  // The index holds all but who withdrew the challenge, and when.
  Status copy_withdrawals() {
    CC_TRY_ASSIGN(withdrawals_.copied, context_.copy(source_, "challenge_revocation", whole));
    if (!is_damaged("challenge_revocation")) return {};
    withdrawals_.more_lost = is_damaged("challenge_revocation_end");
    if (source_ == nullptr) return {};
    return source_->for_each("challenge_revocation_end", [&](const NamedRow& row) -> Status {
      CC_TRY_ASSIGN(const bool added,
                    withdraw(row.text("id"), from_millis(row.integer("forget_at"))));
      if (added) ++withdrawals_.copied;
      return {};
    });
  }

  Result<bool> withdraw(std::string_view id, Timestamp forget_at) {
    CC_TRY(store::run(context_.to(), kWithdraw, id, context_.options().now, forget_at));
    return context_.to().changes() != 0;
  }

  Status copy_enrollments() {
    CC_TRY_ASSIGN(enrollments_.copied, context_.copy(source_, "enrollment", with_heads,
                                                     {"transaction_head", "device_head"}));
    if (!is_damaged("enrollment")) return {};
    enrollments_.more_lost = is_damaged("enrollment_lookup");
    if (!enrollments_.more_lost) CC_TRY(count_lost_enrollments());
    if (source_ != nullptr) CC_TRY(withdraw_used_challenges());
    if (is_damaged("enrollment_challenge")) {
      context_.note(
          "The file does not name every challenge that a lost enrollment used: a one-time "
          "challenge may bring a second certificate. Withdraw those that are open: "
          "`certconnector challenge list`, `certconnector challenge revoke ID`");
    }
    return {};
  }

  Status count_lost_enrollments() {
    return source_->for_each("enrollment_lookup", [&](const NamedRow& row) -> Status {
      CC_TRY_ASSIGN(const bool there, context_.has(kHasEnrollment, row.integer("ticket")));
      if (!there) context_.lose(enrollments_);
      return {};
    });
  }

  Status withdraw_used_challenges() {
    std::uint64_t withdrawn = 0;
    const auto withdraw_used = [&](const NamedRow& row) -> Status {
      CC_TRY_ASSIGN(const bool there, context_.has(kHasEnrollment, row.integer("ticket")));
      const std::string_view id = row.text("challenge");
      if (there || id.empty()) return {};
      ++withdrawn;
      CC_TRY(store::run(context_.to(), kWithdrawPassword, id, context_.options().now));
      CC_TRY_ASSIGN(const bool password, context_.has(kHasPassword, id));
      if (password) return {};
      CC_TRY(withdraw(id, context_.options().now + kLongestChallenge));
      return {};
    };
    CC_TRY(source_->for_each("enrollment_challenge", withdraw_used));
    if (withdrawn != 0) {
      context_.note(std::to_string(withdrawn) +
                    " challenges of lost enrollments are withdrawn, so that none brings a second "
                    "certificate");
    }
    return {};
  }

  SalvageContext& context_;
  StoredTables* source_;
  SalvageCount& enrollments_;
  SalvageCount& passwords_;
  SalvageCount& withdrawals_;
};

}  // namespace

Status salvage_ledgers(SalvageContext& context) { return LedgerSalvage(context).run(); }

}  // namespace certconnector::store
