#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr char kListRevocations[] =
    "SELECT id, revoked_at, revoked_by, forget_at FROM challenge_revocation "
    "ORDER BY revoked_at DESC, id LIMIT ?";
// enrollment::may_forget_revocation(), set-wise.
constexpr char kPurgeRevocations[] =
    "DELETE FROM challenge_revocation WHERE id IN (SELECT id FROM challenge_revocation "
    "INDEXED BY challenge_revocation_end WHERE forget_at < ? LIMIT ?)";

}  // namespace

Status note_withdrawal(StoreWriter& writer) {
  if (writer.database().changes() == 0) return {};
  const auto passed_over = writer.next_ticket();
  return passed_over.ok() ? Status() : Status(passed_over.error());
}

Status revoke_challenge(StoreWriter& writer, const core::RevokedChallenge& challenge) {
  CC_TRY(store::run(writer.database(),
                    "INSERT INTO challenge_revocation(id, revoked_at, revoked_by, forget_at) "
                    "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    challenge.id, challenge.revoked_at, challenge.revoked_by, challenge.forget_at));
  return note_withdrawal(writer);
}

Result<std::uint64_t> purge_revocations(StoreWriter& writer, Timestamp before, std::size_t max) {
  CC_TRY(store::run(writer.database(), kPurgeRevocations, before, max));
  return static_cast<std::uint64_t>(writer.database().changes());
}

Result<bool> is_challenge_revoked(Database& database, const std::string& id) {
  Query query(database, "SELECT 1 FROM challenge_revocation WHERE id = ?", id);
  return query.next();
}

Result<std::vector<core::RevokedChallenge>> list_revocations(Database& database) {
  Query query(database, kListRevocations, core::ChallengeLedger::kMaxListed);
  std::vector<core::RevokedChallenge> all;
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return all;
    all.push_back(
        {std::string(query.text(0)), query.time(1), std::string(query.text(2)), query.time(3)});
  }
}

}  // namespace certconnector::store
