#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_writer.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kFind[] = "SELECT record FROM revocation WHERE entry = ?";
constexpr char kSave[] =
    "INSERT INTO revocation(entry, authority, not_after, record) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET record = excluded.record";
constexpr char kLift[] = "DELETE FROM revocation WHERE entry = ?";
constexpr char kChanged[] = "UPDATE authority SET generation = generation + 1 WHERE number = ?";
constexpr char kVisit[] =
    "SELECT record FROM revocation "
    "WHERE authority = (SELECT number FROM authority WHERE fingerprint = ?) AND not_after > ? "
    "ORDER BY entry";

using core::RevokeChange;

Result<core::RevokeResult> revoke_one(CertificateWriter& writer, std::int64_t authority,
                                      const core::RevokeEntry& entry) {
  Database& database = writer.database();
  core::RevokeResult result;
  CC_TRY_ASSIGN(auto found, find_certificate(writer, authority, entry.id));
  if (!found) return result;
  result.serial = found->certificate.certificate.serial;
  CC_TRY_ASSIGN(result.standing, find_revocation(database, found->entry));
  result.change = core::revoke_change(result.standing, entry.revocation.reason);
  if (result.change == RevokeChange::revoked) {
    CC_TRY(run(database, kSave, found->entry, authority, found->certificate.certificate.not_after,
               encode_revocation({result.serial, entry.revocation})));
    result.standing = entry.revocation;
  }
  if (result.change == RevokeChange::hold_lifted) {
    CC_TRY(run(database, kLift, found->entry));
    result.standing.reset();
  }
  return result;
}

}  // namespace

Result<std::optional<core::RevocationRecord>> find_revocation(Database& database,
                                                              std::int64_t entry) {
  Query query(database, kFind, entry);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return std::optional<core::RevocationRecord>();
  const auto revoked = decode_revocation(query.blob(0));
  if (!revoked) return database.damaged("has a damaged revocation record");
  return std::make_optional(revoked->revocation);
}

Result<std::vector<core::RevokeResult>> revoke_certificates(
    CertificateWriter& writer, const core::CaFingerprint& ca,
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

Result<std::uint64_t> revocation_generation(CertificateWriter& writer,
                                            const core::CaFingerprint& ca) {
  Query query(writer.database(), "SELECT generation FROM authority WHERE fingerprint = ?", ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

Status visit_revoked(Database& database, const core::CaFingerprint& ca, Timestamp expires_after,
                     const std::function<void(const core::RevokedSerial&)>& visit) {
  Query query(database, kVisit, ca, expires_after);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    const auto revoked = decode_revocation(query.blob(0));
    if (!revoked) return database.damaged("has a damaged revocation record");
    visit(*revoked);
  }
}

}  // namespace certconnector::store
