#include "agent/store/sqlite/sqlite_challenge_ledger.h"

#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {

Result<core::PasswordAdded> SqliteChallengeLedger::add(const core::PasswordChallenge& challenge,
                                                       const crypto::Sha256& password_sha256,
                                                       std::size_t max_open) {
  return file_.write([&](StoreWriter& writer) {
    return add_password(writer, challenge, password_sha256, max_open);
  });
}

Result<std::optional<core::PasswordRecord>> SqliteChallengeLedger::find(
    const std::string& service, const crypto::Sha256& password_sha256, Timestamp now) {
  return file_.read(
      [&](Database& database) { return find_password(database, service, password_sha256, now); });
}

Result<std::vector<core::PasswordRecord>> SqliteChallengeLedger::list(
    const std::optional<std::string>& service, Timestamp now) {
  return file_.browse([&](Database& database) { return list_passwords(database, service, now); });
}

Result<std::optional<core::ChallengeState>> SqliteChallengeLedger::revoke_password(
    const std::string& id, const std::string& who, Timestamp now) {
  return file_.write(
      [&](StoreWriter& writer) { return store::revoke_password(writer, id, who, now); });
}

Status SqliteChallengeLedger::revoke(const core::RevokedChallenge& challenge) {
  return file_.write([&](StoreWriter& writer) { return revoke_challenge(writer, challenge); });
}

Result<bool> SqliteChallengeLedger::is_revoked(const std::string& id) {
  return file_.read([&](Database& database) { return is_challenge_revoked(database, id); });
}

Result<std::vector<core::RevokedChallenge>> SqliteChallengeLedger::revocations() {
  return file_.browse([&](Database& database) { return list_revocations(database); });
}

Result<std::uint64_t> SqliteChallengeLedger::purge_challenges(Timestamp before, std::size_t max) {
  return file_.write([&](StoreWriter& writer) -> Result<std::uint64_t> {
    CC_TRY_ASSIGN(const std::uint64_t passwords, purge_passwords(writer, before, max));
    CC_TRY_ASSIGN(const std::uint64_t revocations, purge_revocations(writer, before, max));
    return passwords + revocations;
  });
}

}  // namespace certconnector::store
