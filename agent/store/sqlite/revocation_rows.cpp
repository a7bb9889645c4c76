#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kFind[] = "SELECT record FROM revocation WHERE authority = ? AND serial = ?";
constexpr char kSave[] =
    "INSERT INTO revocation(authority, serial, entry, not_after, record) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (authority, serial) DO UPDATE SET record = excluded.record";
constexpr char kLift[] = "DELETE FROM revocation WHERE authority = ? AND serial = ?";
constexpr char kChanged[] = "UPDATE authority SET generation = generation + 1 WHERE number = ?";
constexpr char kPage[] =
    "SELECT record FROM revocation "
    "WHERE authority = (SELECT number FROM authority WHERE fingerprint = ?1) AND serial > ?3 "
    "AND not_after > ?2 ORDER BY serial LIMIT ?4";

using core::RevokeChange;

// `found` is null for a revocation whose certificate is not known: only its serial number is.
Status save_change(Database& database, std::int64_t authority, const FoundCertificate* found,
                   const core::RevokeEntry& entry, core::RevokeResult& result) {
  if (result.change == RevokeChange::revoked) {
    std::optional<std::int64_t> number;
    Timestamp not_after;
    if (found != nullptr) {
      number = found->entry;
      not_after = found->certificate.certificate.not_after;
    }
    // A revocation that stands keeps its entry and its end.
    CC_TRY(run(database, kSave, authority, result.serial, number, not_after,
               encode_revocation({result.serial, entry.revocation})));
    result.standing = entry.revocation;
  }
  if (found != nullptr && core::compromises_lineage(result.change, entry.revocation.reason)) {
    CC_TRY(compromise_lineage(database, found->entry));
  }
  if (result.change == RevokeChange::hold_lifted) {
    CC_TRY(run(database, kLift, authority, result.serial));
    result.standing.reset();
  }
  return {};
}

Result<core::RevokeResult> revoke_one(StoreWriter& writer, std::int64_t authority,
                                      const core::RevokeEntry& entry) {
  Database& database = writer.database();
  core::RevokeResult result;
  CC_TRY_ASSIGN(const auto found, find_certificate(database, authority, entry.id));
  const Bytes& serial = found ? found->certificate.certificate.serial : entry.id.serial;
  CC_TRY_ASSIGN(result.standing, find_revocation(database, authority, serial));
  if (!found && !result.standing) return result;
  result.serial = serial;
  result.change = core::revoke_change(result.standing, entry.revocation.reason);
  CC_TRY(save_change(database, authority, found ? &*found : nullptr, entry, result));
  return result;
}

}  // namespace

Result<std::optional<core::RevocationRecord>> find_revocation(Database& database,
                                                              std::int64_t authority,
                                                              const Bytes& serial) {
  Query query(database, kFind, authority, serial);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return std::optional<core::RevocationRecord>();
  const auto revoked = decode_revocation(query.blob(0));
  if (!revoked) return database.damaged("has a damaged revocation record");
  return std::make_optional(revoked->revocation);
}

Result<std::vector<core::RevokeResult>> revoke_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::RevokeEntry>& entries) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  std::vector<core::RevokeResult> results;
  results.reserve(entries.size());
  bool changed = false;
  for (const core::RevokeEntry& entry : entries) {
    CC_TRY_ASSIGN(auto result, revoke_one(writer, authority, entry));
    changed = changed || core::changes_crl(result.change);
    results.push_back(std::move(result));
  }
  if (changed) CC_TRY(run(writer.database(), kChanged, authority));
  return results;
}

Result<std::uint64_t> revocation_generation(Database& database, const core::CaFingerprint& ca) {
  Query query(database, "SELECT generation FROM authority WHERE fingerprint = ?", ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

Result<std::vector<core::RevokedSerial>> revoked_after(Database& database,
                                                       const core::CaFingerprint& ca,
                                                       Timestamp expires_after,
                                                       const Bytes& after) {
  std::vector<core::RevokedSerial> page;
  Query query(database, kPage, ca, expires_after, after, kRevocationPage);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return page;
    auto revoked = decode_revocation(query.blob(0));
    if (!revoked) return database.damaged("has a damaged revocation record");
    page.push_back(std::move(*revoked));
  }
}

}  // namespace certconnector::store
