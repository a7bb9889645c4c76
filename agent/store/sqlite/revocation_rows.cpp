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
    "WHERE authority = (SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?1) "
    "AND serial > ?3 "
    "AND not_after > ?2 ORDER BY serial LIMIT ?4";

using core::RevokeChange;

// `found` is null where the certificate is not known: its end is `end`.
Status save_change(Database& database, std::int64_t authority, const FoundCertificate* found,
                   const core::RevokeEntry& entry, Timestamp end, core::RevokeResult& result) {
  if (result.change == RevokeChange::revoked) {
    std::optional<std::int64_t> number;
    if (found != nullptr) number = found->entry;
    // A revocation that stands keeps its entry and its end.
    CC_TRY(run(database, kSave, authority, result.serial, number, end,
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

// A serial number that the CA may have given to a certificate that is not here has an unknown end.
Result<std::optional<Timestamp>> end_of_unknown(Database& database, std::int64_t authority,
                                                const Bytes& serial) {
  if (!core::is_serial_number(serial)) return std::optional<Timestamp>();
  CC_TRY_ASSIGN(const bool issued_more, may_have_issued_more(database, authority));
  return issued_more ? std::make_optional(core::unknown_end()) : std::nullopt;
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

Result<core::RevokeResult> revoke_serial(Database& database, std::int64_t authority,
                                         const core::RevokeEntry& entry,
                                         std::optional<Timestamp> end) {
  core::RevokeResult result;
  CC_TRY_ASSIGN(const auto found, find_certificate(database, authority, entry.id));
  const Bytes& serial = found ? found->certificate.certificate.serial : entry.id.serial;
  CC_TRY_ASSIGN(result.standing, find_revocation(database, authority, serial));
  if (found) end = found->certificate.certificate.not_after;
  if (!found && !result.standing && !end) {
    CC_TRY_ASSIGN(end, end_of_unknown(database, authority, serial));
    if (!end) return result;
  }
  result.serial = serial;
  result.change = core::revoke_change(result.standing, entry.revocation.reason);
  CC_TRY(save_change(database, authority, found ? &*found : nullptr, entry,
                     end.value_or(core::unknown_end()), result));
  return result;
}

Status note_revocation(Database& database, std::int64_t authority) {
  return run(database, kChanged, authority);
}

Result<std::vector<core::RevokeResult>> revoke_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::RevokeEntry>& entries) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  std::vector<core::RevokeResult> results;
  results.reserve(entries.size());
  bool changed = false;
  for (const core::RevokeEntry& entry : entries) {
    CC_TRY_ASSIGN(auto result, revoke_serial(writer.database(), authority, entry, {}));
    changed = changed || core::changes_crl(result.change);
    results.push_back(std::move(result));
  }
  if (changed) CC_TRY(note_revocation(writer.database(), authority));
  return results;
}

Result<std::uint64_t> revocation_generation(Database& database, const core::CaFingerprint& ca) {
  Query query(database,
              "SELECT generation FROM authority WHERE number = "
              "(SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?)",
              ca);
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
