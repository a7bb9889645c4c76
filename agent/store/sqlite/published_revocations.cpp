#include "agent/store/sqlite/published_revocations.h"

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr char kStand[] =
    "INSERT INTO revocation(authority, serial, entry, not_after, record) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (authority, serial) DO UPDATE SET record = excluded.record";

// Whether it is new to the database.
Result<bool> add_one(Database& database, std::int64_t authority,
                     const core::RevokedSerial& revoked) {
  CC_TRY_ASSIGN(const auto standing, find_revocation(database, authority, revoked.serial));
  if (standing && !core::outweighs(revoked.revocation, *standing)) return false;
  CC_TRY_ASSIGN(const auto found, find_certificate(database, authority, {revoked.serial, {}}));
  std::optional<std::int64_t> entry;
  Timestamp not_after = core::unknown_end();
  if (found) {
    entry = found->entry;
    not_after = found->certificate.certificate.not_after;
  }
  CC_TRY(run(database, kStand, authority, revoked.serial, entry, not_after,
             encode_revocation(revoked)));
  if (entry && core::compromises_lineage(core::RevokeChange::revoked, revoked.revocation.reason)) {
    CC_TRY(compromise_lineage(database, *entry));
  }
  return true;
}

}  // namespace

Result<std::uint64_t> add_published_revocations(StoreWriter& writer,
                                                const std::vector<SalvageCa>& cas) {
  std::uint64_t added = 0;
  for (const SalvageCa& ca : cas) {
    CC_TRY_ASSIGN(const auto last, find_crl(writer.database(), ca.fingerprint));
    if (last && last->number >= ca.crl.number) continue;
    CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca.fingerprint));
    for (const core::RevokedSerial& revoked : ca.crl.revoked) {
      CC_TRY_ASSIGN(const bool is_new, add_one(writer.database(), authority, revoked));
      if (is_new) ++added;
    }
  }
  return added;
}

}  // namespace certconnector::store
