#include <set>
#include <utility>

#include "agent/core/certificate_filter.h"
#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"
#include "agent/store/sqlite/subject_index.h"
#include "common/crypto/digest.h"

namespace certconnector::store {
namespace {

#define CC_FIND_BY(column)                                                                \
  "SELECT entry, record, device, coalesce(lineage, entry) FROM certificate WHERE " column \
  " = ? AND authority = ?"
constexpr char kByKey[] = CC_FIND_BY("key");
constexpr char kBySerial[] = CC_FIND_BY("serial");
constexpr char kBySha1[] = CC_FIND_BY("sha1");
constexpr char kBySha256[] = CC_FIND_BY("sha256");
#undef CC_FIND_BY
constexpr char kInsert[] =
    "INSERT INTO certificate(entry, authority, ticket, lineage, renews, not_after, recorded, key, "
    "serial, sha1, sha256, device, device_head, transaction_head, record) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kUpdate[] =
    "UPDATE certificate SET ticket = ?2, recorded = ?3, device = ?4, device_head = ?5, "
    "transaction_head = ?6, record = ?7 WHERE entry = ?1";
constexpr char kAuthority[] =
    "SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?";
// core::may_forget_certificate(), set-wise. The outcome of a job that is there stands here too.
constexpr char kExpired[] =
    "SELECT entry, authority, record FROM certificate AS c INDEXED BY certificate_expiry "
    "WHERE not_after < ? AND NOT EXISTS (SELECT 1 FROM job WHERE job.ticket = c.ticket) "
    "AND NOT EXISTS (SELECT 1 FROM revocation AS r JOIN authority AS a "
    "ON a.number = c.authority WHERE r.entry = c.entry "
    "AND (a.crl_this_update IS NULL OR a.crl_this_update <= c.not_after)) "
    "ORDER BY not_after LIMIT ?";
// The same of revocations whose certificates are not here. An end that nobody knows never comes.
constexpr char kExpiredRevocations[] =
    "SELECT r.authority, r.serial FROM revocation AS r INDEXED BY revocation_end "
    "JOIN authority AS a ON a.number = r.authority "
    "WHERE r.entry IS NULL AND r.not_after < ? AND a.crl_this_update > r.not_after "
    "ORDER BY r.not_after LIMIT ?";
constexpr char kDelete[] = "DELETE FROM certificate WHERE entry = ?";
constexpr char kDeleteRevocation[] = "DELETE FROM revocation WHERE authority = ? AND serial = ?";

// The first certificate under a head that is what was meant.
template <typename Head, typename IsMeant>
Result<std::optional<FoundCertificate>> find_first(Database& database, StaticSql sql,
                                                   const Head& head, std::int64_t authority,
                                                   const IsMeant& is_meant) {
  Query query(database, sql, head, authority);
  for (;;) {
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) return std::optional<FoundCertificate>();
    auto certificate = decode_certificate(query.blob(1));
    if (!certificate) return database.damaged("has a damaged certificate record");
    if (!is_meant(*certificate)) continue;
    certificate->holder.device = query.text(2);
    return std::make_optional(FoundCertificate{query.integer(0), std::move(*certificate),
                                               core::LineageId{query.integer(3)}});
  }
}

Result<std::optional<FoundCertificate>> find_key(Database& database, std::int64_t authority,
                                                 const core::IdempotencyKey& key) {
  return find_first(
      database, kByKey, head_of({key.data(), key.size()}), authority,
      [&](const core::CertificateEntry& certificate) { return certificate.key == key; });
}

Result<std::optional<std::int64_t>> authority_of(Database& database,
                                                 const core::CaFingerprint& ca) {
  Query query(database, kAuthority, ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? std::make_optional(query.integer(0)) : std::nullopt;
}

Result<core::CertificateRecord> with_revocation(Database& database, std::int64_t authority,
                                                FoundCertificate found) {
  CC_TRY_ASSIGN(auto revocation,
                find_revocation(database, authority, found.certificate.certificate.serial));
  return core::CertificateRecord{std::move(found.certificate), revocation, found.lineage};
}

Result<std::uint64_t> purge_revocations_alone(Database& database, Timestamp before,
                                              std::size_t max) {
  std::vector<std::pair<std::int64_t, Bytes>> expired;
  {
    Query query(database, kExpiredRevocations, before, max);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      expired.emplace_back(query.integer(0), query.blob(1).to_bytes());
    }
  }
  for (const auto& [authority, serial] : expired) {
    CC_TRY(run(database, kDeleteRevocation, authority, serial));
  }
  return expired.size();
}

}  // namespace

Result<std::optional<FoundCertificate>> find_certificate(Database& database, std::int64_t authority,
                                                         const core::CertificateId& id) {
  const auto is_meant = [&](const core::CertificateEntry& entry) {
    return core::is_named(id, entry.certificate);
  };
  if (!id.serial.empty()) return find_first(database, kBySerial, id.serial, authority, is_meant);
  const std::int64_t head = head_of(id.thumbprint);
  if (id.thumbprint.size() == std::tuple_size_v<crypto::Sha1>) {
    return find_first(database, kBySha1, head, authority, is_meant);
  }
  if (id.thumbprint.size() == std::tuple_size_v<crypto::Sha256>) {
    return find_first(database, kBySha256, head, authority, is_meant);
  }
  return std::optional<FoundCertificate>();
}

Result<std::vector<std::optional<core::CertificateRecord>>> find_by_keys(
    Database& database, const core::CaFingerprint& ca,
    const std::vector<core::IdempotencyKey>& keys) {
  std::vector<std::optional<core::CertificateRecord>> records(keys.size());
  CC_TRY_ASSIGN(const auto authority, authority_of(database, ca));
  if (!authority) return records;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CC_TRY_ASSIGN(auto found, find_key(database, *authority, keys[i]));
    if (!found) continue;
    CC_TRY_ASSIGN(records[i], with_revocation(database, *authority, std::move(*found)));
  }
  return records;
}

Result<std::optional<core::CertificateRecord>> find_by_id(Database& database,
                                                          const core::CaFingerprint& ca,
                                                          const core::CertificateId& id) {
  CC_TRY_ASSIGN(const auto authority, authority_of(database, ca));
  if (!authority) return std::optional<core::CertificateRecord>();
  CC_TRY_ASSIGN(auto found, find_certificate(database, *authority, id));
  if (!found) return std::optional<core::CertificateRecord>();
  CC_TRY_ASSIGN(auto record, with_revocation(database, *authority, std::move(*found)));
  return std::make_optional(std::move(record));
}

Status insert_certificate(Database& database, const NewCertificateRow& row,
                          const core::CertificateEntry& entry) {
  const auto record = encode_certificate(entry);
  if (!record) {
    return Error(StoreErrc::internal, ErrorKind::permanent,
                 "a certificate is larger than the agent's database takes (256 KiB)");
  }
  const core::IssuedCertificate& issued = entry.certificate;
  const std::string& device = entry.holder.device;
  return run(database, kInsert, row.entry, row.authority, row.ticket, row.lineage, row.renews,
             issued.not_after, row.recorded, head_of({entry.key.data(), entry.key.size()}),
             issued.serial, head_of(crypto::view(crypto::sha1(issued.certificate))),
             head_of(crypto::view(crypto::sha256(issued.certificate))),
             device.empty() ? std::nullopt : std::make_optional(device), head_of_id(device),
             head_of_id(entry.holder.transaction_id), *record);
}

Status update_certificate(Database& database, const NewCertificateRow& row,
                          std::int64_t entry_number, const core::CertificateEntry& entry) {
  const auto record = encode_certificate(entry);
  if (!record) return database.damaged("has a certificate that is larger than it takes");
  const std::string& device = entry.holder.device;
  return run(database, kUpdate, entry_number, row.ticket, row.recorded,
             device.empty() ? std::nullopt : std::make_optional(device), head_of_id(device),
             head_of_id(entry.holder.transaction_id), *record);
}

Result<RecordedCertificate> record_certificate(StoreWriter& writer, NewCertificateRow row,
                                               const core::CertificateEntry& entry) {
  Database& database = writer.database();
  CC_TRY_ASSIGN(auto known, find_key(database, row.authority, entry.key));
  if (known) return RecordedCertificate{known->entry, std::move(known->certificate.certificate)};
  CC_TRY_ASSIGN(row.entry, writer.next_entry());
  CC_TRY(insert_certificate(database, row, entry));
  if (row.renews) CC_TRY(supersede(database, *row.renews, row.recorded));
  writer.count_certificate(row.authority);
  return RecordedCertificate{row.entry, std::nullopt};
}

Result<std::vector<core::IssuedCertificate>> record_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::CertificateEntry>& entries, Timestamp now) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  std::vector<core::IssuedCertificate> standing;
  standing.reserve(entries.size());
  for (const core::CertificateEntry& entry : entries) {
    NewCertificateRow row;
    row.authority = authority;
    row.recorded = now;
    CC_TRY_ASSIGN(auto recorded, record_certificate(writer, row, entry));
    if (recorded.before) {
      standing.push_back(std::move(*recorded.before));
    } else {
      standing.push_back(entry.certificate);
    }
  }
  return standing;
}

Result<std::uint64_t> purge_certificates(StoreWriter& writer, Timestamp before, std::size_t max) {
  struct Expired {
    std::int64_t entry;
    std::int64_t authority;
    Bytes serial;
  };
  Database& database = writer.database();
  std::vector<Expired> expired;
  {
    Query query(database, kExpired, before, max);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      auto certificate = decode_certificate(query.blob(2));
      if (!certificate) return database.damaged("has a damaged certificate record");
      expired.push_back(
          {query.integer(0), query.integer(1), std::move(certificate->certificate.serial)});
    }
  }
  std::set<std::int64_t> blocks;
  for (const Expired& one : expired) {
    CC_TRY(run(database, kDeleteRevocation, one.authority, one.serial));
    CC_TRY(run(database, kDelete, one.entry));
    writer.count_certificate(one.authority, -1);
    blocks.insert(one.entry / kBlockEntries);
  }
  for (const std::int64_t block : blocks) CC_TRY(note_purge(database, block));
  CC_TRY_ASSIGN(const std::uint64_t alone,
                purge_revocations_alone(database, before, max - expired.size()));
  return expired.size() + alone;
}

Result<std::uint64_t> count_certificates(Database& database, const core::CaFingerprint& ca) {
  Query query(database,
              "SELECT certificates FROM authority WHERE number = "
              "(SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?)",
              ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

}  // namespace certconnector::store
