#include <algorithm>

#include "agent/store/sqlite/certificate_codec.h"
#include "agent/store/sqlite/certificate_writer.h"
#include "agent/store/sqlite/statement.h"
#include "common/crypto/digest.h"

namespace certconnector::store {
namespace {

constexpr char kRead[] = "SELECT record FROM certificate WHERE entry = ? AND authority = ?";
constexpr char kInsert[] =
    "INSERT INTO certificate(entry, authority, not_after, recorded, record) VALUES (?, ?, ?, ?, ?)";
constexpr char kCount[] = "UPDATE authority SET certificates = certificates + ? WHERE number = ?";
// core::may_forget_certificate(), set-wise.
constexpr char kExpired[] =
    "SELECT entry, authority, record FROM certificate AS c INDEXED BY certificate_expiry "
    "WHERE not_after < ? AND NOT EXISTS (SELECT 1 FROM revocation AS r JOIN authority AS a "
    "ON a.number = c.authority WHERE r.entry = c.entry "
    "AND (a.crl_this_update IS NULL OR a.crl_this_update <= c.not_after)) "
    "ORDER BY not_after LIMIT ?";
constexpr char kDelete[] = "DELETE FROM certificate WHERE entry = ?";

// The first entry under `hash` that is what was meant.
template <typename IsMeant>
Result<std::optional<FoundCertificate>> find_first(CertificateWriter& writer,
                                                   std::int64_t authority, LookupKind kind,
                                                   ByteView value, const IsMeant& is_meant) {
  Database& database = writer.database();
  CC_TRY_ASSIGN(const auto entries, writer.index().candidates(database, kind, value));
  for (const std::int64_t entry : entries) {
    Query query(database, kRead, entry, authority);
    CC_TRY_ASSIGN(const bool row, query.next());
    if (!row) continue;  // another CA's
    auto certificate = decode_certificate(query.blob(0));
    if (!certificate) return database.damaged("has a damaged certificate record");
    if (is_meant(*certificate)) {
      return std::make_optional(FoundCertificate{entry, std::move(*certificate)});
    }
  }
  return std::optional<FoundCertificate>();
}

Result<std::optional<FoundCertificate>> find_key(CertificateWriter& writer, std::int64_t authority,
                                                 const core::IdempotencyKey& key) {
  return find_first(
      writer, authority, LookupKind::key, {key.data(), key.size()},
      [&](const core::CertificateEntry& certificate) { return certificate.key == key; });
}

Result<core::CertificateRecord> with_revocation(CertificateWriter& writer, FoundCertificate found) {
  CC_TRY_ASSIGN(auto revocation, find_revocation(writer.database(), found.entry));
  return core::CertificateRecord{std::move(found.certificate), revocation};
}

}  // namespace

Result<std::optional<FoundCertificate>> find_certificate(CertificateWriter& writer,
                                                         std::int64_t authority,
                                                         const core::CertificateId& id) {
  const auto der = [](const core::CertificateEntry& entry) -> const Bytes& {
    return entry.certificate.certificate;
  };
  if (!id.serial.empty()) {
    return find_first(writer, authority, LookupKind::serial, id.serial,
                      [&](const auto& entry) { return entry.certificate.serial == id.serial; });
  }
  const ByteView wanted = id.thumbprint;
  if (wanted.size() == std::tuple_size_v<crypto::Sha1>) {
    return find_first(writer, authority, LookupKind::sha1, wanted, [&](const auto& entry) {
      return crypto::view(crypto::sha1(der(entry))) == wanted;
    });
  }
  if (wanted.size() == std::tuple_size_v<crypto::Sha256>) {
    return find_first(writer, authority, LookupKind::sha256, wanted, [&](const auto& entry) {
      return crypto::view(crypto::sha256(der(entry))) == wanted;
    });
  }
  return std::optional<FoundCertificate>();
}

Result<std::vector<std::optional<core::CertificateRecord>>> find_by_keys(
    CertificateWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::IdempotencyKey>& keys) {
  std::vector<std::optional<core::CertificateRecord>> records(keys.size());
  CC_TRY_ASSIGN(const auto authority, writer.known_authority(ca));
  if (!authority) return records;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CC_TRY_ASSIGN(auto found, find_key(writer, *authority, keys[i]));
    if (!found) continue;
    CC_TRY_ASSIGN(records[i], with_revocation(writer, std::move(*found)));
  }
  return records;
}

Result<std::optional<core::CertificateRecord>> find_by_id(CertificateWriter& writer,
                                                          const core::CaFingerprint& ca,
                                                          const core::CertificateId& id) {
  CC_TRY_ASSIGN(const auto authority, writer.known_authority(ca));
  if (!authority) return std::optional<core::CertificateRecord>();
  CC_TRY_ASSIGN(auto found, find_certificate(writer, *authority, id));
  if (!found) return std::optional<core::CertificateRecord>();
  CC_TRY_ASSIGN(auto record, with_revocation(writer, std::move(*found)));
  return std::make_optional(std::move(record));
}

Result<std::vector<core::IssuedCertificate>> record_certificates(
    CertificateWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::CertificateEntry>& entries, Timestamp now) {
  Database& database = writer.database();
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  std::vector<core::IssuedCertificate> standing;
  standing.reserve(entries.size());
  std::int64_t added = 0;
  for (const core::CertificateEntry& entry : entries) {
    CC_TRY_ASSIGN(auto known, find_key(writer, authority, entry.key));
    if (known) {
      standing.push_back(std::move(known->certificate.certificate));
      continue;
    }
    const auto record = encode_certificate(entry);
    if (!record) {
      return Error(StoreErrc::internal, ErrorKind::permanent,
                   "a certificate is larger than the certificate store takes (256 KiB)");
    }
    CC_TRY_ASSIGN(const std::int64_t number, writer.next_entry());
    CC_TRY(run(database, kInsert, number, authority, entry.certificate.not_after, now, *record));
    CC_TRY(writer.index().add(database, number, entry));
    standing.push_back(entry.certificate);
    ++added;
  }
  if (added > 0) CC_TRY(run(database, kCount, added, authority));
  return standing;
}

Result<std::uint64_t> purge_certificates(CertificateWriter& writer, Timestamp before,
                                         std::size_t max) {
  Database& database = writer.database();
  std::vector<std::int64_t> entries;
  std::unordered_map<std::int64_t, std::int64_t> removed;  // of each authority
  {
    Query query(database, kExpired, before, max);
    for (;;) {
      CC_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      const auto certificate = decode_certificate(query.blob(2));
      if (!certificate) return database.damaged("has a damaged certificate record");
      CC_TRY(writer.index().remove(database, query.integer(0), *certificate));
      entries.push_back(query.integer(0));
      ++removed[query.integer(1)];
    }
  }
  for (const std::int64_t entry : entries) CC_TRY(run(database, kDelete, entry));
  for (const auto& [authority, count] : removed) CC_TRY(run(database, kCount, -count, authority));
  return entries.size();
}

Result<std::uint64_t> count_certificates(CertificateWriter& writer, const core::CaFingerprint& ca) {
  Query query(writer.database(), "SELECT certificates FROM authority WHERE fingerprint = ?", ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

}  // namespace certconnector::store
