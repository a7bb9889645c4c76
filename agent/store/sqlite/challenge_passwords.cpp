#include "agent/enrollment/rules/challenge_rules.h"
#include "agent/store/sqlite/enrollment_progress.h"
#include "agent/store/sqlite/name_list.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {
namespace {

constexpr char kFindPassword[] =
    "SELECT id, service, device, template, subject, made_by, made_at, valid_until, revoked_at, "
    "revoked_by, names FROM challenge_password WHERE digest = ? AND service = ?";
constexpr char kPasswordOfId[] =
    "SELECT id, service, device, template, subject, made_by, made_at, valid_until, revoked_at, "
    "revoked_by, names FROM challenge_password WHERE id = ?";
constexpr char kListPasswords[] =
    "SELECT id, service, device, template, subject, made_by, made_at, valid_until, revoked_at, "
    "revoked_by, names FROM challenge_password WHERE ?1 IS NULL OR service = ?1 "
    "ORDER BY made_at DESC, id LIMIT ?2";
// enrollment::is_in_time() and not revoked, set-wise.
constexpr char kInTime[] =
    "SELECT id FROM challenge_password INDEXED BY challenge_password_end "
    "WHERE service = ? AND valid_until > ? AND revoked_at IS NULL";
constexpr char kAddPassword[] =
    "INSERT INTO challenge_password(id, digest, service, device, template, subject, made_by, "
    "made_at, valid_until, names) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kRevokePassword[] =
    "UPDATE challenge_password SET revoked_at = ?2, revoked_by = ?3 "
    "WHERE id = ?1 AND revoked_at IS NULL";
// enrollment::may_forget_password(), set-wise.
constexpr char kPurgePasswords[] =
    "DELETE FROM challenge_password WHERE id IN (SELECT id FROM challenge_password AS old "
    "INDEXED BY challenge_password_end WHERE valid_until < ? AND NOT EXISTS "
    "(SELECT 1 FROM enrollment INDEXED BY enrollment_challenge "
    "WHERE challenge = old.id AND holds = 1) LIMIT ?)";

std::optional<std::string> optional_text(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return std::string(query.text(column));
}

// Without the state.
Result<core::PasswordRecord> password_record(const Database& database, const Query& query) {
  core::PasswordRecord record;
  record.challenge.id = query.text(0);
  record.challenge.service = query.text(1);
  record.challenge.device = query.text(2);
  record.challenge.template_name = optional_text(query, 3);
  record.challenge.subject = optional_text(query, 4);
  record.challenge.made_by = query.text(5);
  record.challenge.made_at = query.time(6);
  record.challenge.valid_until = query.time(7);
  record.revoked_at = query.optional_time(8);
  record.revoked_by = query.text(9);
  if (query.is_null(10)) return record;
  auto names = decode_names(query.blob(10));
  if (!names) return database.damaged("has a damaged record of a challenge password");
  record.challenge.subject_alt_names = std::move(*names);
  return record;
}

// Asks for the holder only where the password is not revoked.
Status add_state(Database& database, core::PasswordRecord& record, Timestamp now) {
  SqliteEnrollmentRows rows(database);
  auto use = enrollment::ChallengeUse::free;
  const bool revoked = record.revoked_at.has_value();
  if (!revoked) {
    CC_TRY_ASSIGN(use, enrollment::use_of(record.challenge.id, rows));
  }
  record.state =
      enrollment::state_of(revoked, use, enrollment::is_in_time(record.challenge.valid_until, now));
  return {};
}

Result<std::optional<core::PasswordRecord>> one_password(const Database& database, Query& query) {
  CC_TRY_ASSIGN(const bool found, query.next());
  if (!found) return std::optional<core::PasswordRecord>();
  CC_TRY_ASSIGN(auto record, password_record(database, query));
  return std::make_optional(std::move(record));
}

Result<bool> has_open(Database& database, const core::PasswordChallenge& next, std::size_t count) {
  std::vector<std::string> ids;
  {
    Query query(database, kInTime, next.service, next.made_at);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      ids.emplace_back(query.text(0));
    }
  }
  SqliteEnrollmentRows rows(database);
  std::size_t open = 0;
  for (const std::string& id : ids) {
    CC_TRY_ASSIGN(const auto use, enrollment::use_of(id, rows));
    const core::ChallengeState state = enrollment::state_of(false, use, true);
    if (state == core::ChallengeState::open && ++open >= count) return true;
  }
  return false;
}

}  // namespace

Result<core::PasswordAdded> add_password(StoreWriter& writer,
                                         const core::PasswordChallenge& challenge,
                                         const crypto::Sha256& digest, std::size_t max_open) {
  Database& database = writer.database();
  if (max_open > 0) {
    CC_TRY_ASSIGN(const bool full, has_open(database, challenge, max_open));
    if (full) return core::PasswordAdded::too_many_open;
  }
  std::optional<Bytes> names;
  if (!challenge.subject_alt_names.empty()) {
    names = encode_names(challenge.subject_alt_names);
    if (!names) {
      return Error(StoreErrc::not_allowed, ErrorKind::permanent,
                   "a challenge password has too many or too long alternative names; give fewer");
    }
  }
  CC_TRY(store::run(database, kAddPassword, challenge.id, digest, challenge.service,
                    challenge.device, challenge.template_name, challenge.subject, challenge.made_by,
                    challenge.made_at, challenge.valid_until, names));
  return core::PasswordAdded::added;
}

Result<std::optional<core::ChallengeState>> revoke_password(StoreWriter& writer,
                                                            const std::string& id,
                                                            const std::string& who, Timestamp now) {
  Database& database = writer.database();
  std::optional<core::PasswordRecord> record;
  {
    Query query(database, kPasswordOfId, id);
    CC_TRY_ASSIGN(record, one_password(database, query));
  }
  if (!record) return std::optional<core::ChallengeState>();
  CC_TRY(add_state(database, *record, now));
  CC_TRY(store::run(database, kRevokePassword, id, now, who));
  CC_TRY(note_withdrawal(writer));
  return std::make_optional(record->state);
}

Result<std::uint64_t> purge_passwords(StoreWriter& writer, Timestamp before, std::size_t max) {
  CC_TRY(store::run(writer.database(), kPurgePasswords, before, max));
  return static_cast<std::uint64_t>(writer.database().changes());
}

Result<std::optional<core::PasswordRecord>> find_password(Database& database,
                                                          const std::string& service,
                                                          const crypto::Sha256& digest,
                                                          Timestamp now) {
  std::optional<core::PasswordRecord> record;
  {
    Query query(database, kFindPassword, digest, service);
    CC_TRY_ASSIGN(record, one_password(database, query));
  }
  if (record) CC_TRY(add_state(database, *record, now));
  return record;
}

Result<std::vector<core::PasswordRecord>> list_passwords(Database& database,
                                                         const std::optional<std::string>& service,
                                                         Timestamp now) {
  std::vector<core::PasswordRecord> records;
  {
    Query query(database, kListPasswords, service, core::ChallengeLedger::kMaxListed);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      CC_TRY_ASSIGN(auto record, password_record(database, query));
      records.push_back(std::move(record));
    }
  }
  for (core::PasswordRecord& record : records) CC_TRY(add_state(database, record, now));
  return records;
}

}  // namespace certconnector::store
