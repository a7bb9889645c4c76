// What another program knew of a CA before this file was its store.
#include <algorithm>
#include <limits>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

// The newest row of the key: an older one is left from a CA that was named twice.
constexpr char kOfKey[] =
    "SELECT number FROM authority WHERE ca_key = ? ORDER BY number DESC LIMIT 1";
constexpr char kKeyOf[] = "SELECT 1 FROM authority WHERE number = ? AND ca_key = ?";
constexpr char kSetKey[] = "UPDATE authority SET ca_key = ?2 WHERE number = ?1";
// Only jobs name it.
constexpr char kIsEmpty[] =
    "SELECT 1 FROM authority WHERE number = ?1 AND certificates = 0 AND last_crl_number = 0 "
    "AND NOT EXISTS (SELECT 1 FROM revocation WHERE authority = ?1)";
constexpr char kMoveJobs[] = "UPDATE job SET authority = ?2 WHERE authority = ?1";
constexpr char kMoveCounts[] =
    "INSERT INTO job_count(authority, type, state, jobs) "
    "SELECT ?2, type, state, jobs FROM job_count WHERE authority = ?1 "
    "ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs";
constexpr char kDropCounts[] = "DELETE FROM job_count WHERE authority = ?";
constexpr char kDrop[] = "DELETE FROM authority WHERE number = ?";
constexpr char kNoteMore[] = "UPDATE authority SET issued_more = 1 WHERE number = ?";
constexpr char kHasMore[] = "SELECT issued_more FROM authority WHERE number = ?";
constexpr char kHasMoreByName[] =
    "SELECT issued_more FROM authority WHERE number = "
    "(SELECT coalesce(same_as, number) FROM authority WHERE fingerprint = ?)";
constexpr char kSetEnd[] =
    "UPDATE revocation SET not_after = ?3 WHERE authority = ?1 AND serial = ?2 AND entry IS NULL "
    "AND not_after = ?4";
// A revocation that came before its certificate.
constexpr char kLink[] =
    "UPDATE revocation SET entry = ?3, not_after = ?4 WHERE authority = ?1 AND serial = ?2 "
    "AND entry IS NULL";
constexpr char kRaise[] =
    "UPDATE authority SET last_crl_number = max(last_crl_number, ?2) WHERE number = ?1";

template <typename... Values>
Result<bool> is_there(Database& database, StaticSql sql, const Values&... values) {
  Query query(database, sql, values...);
  return query.next();
}

Result<std::optional<std::int64_t>> authority_of_key(Database& database, const core::CaKeyId& key) {
  Query query(database, kOfKey, key);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? std::make_optional(query.integer(0)) : std::nullopt;
}

// The jobs that named the CA by the certificate that it has now.
Status move_jobs(Database& database, std::int64_t from, std::int64_t to) {
  CC_TRY(run(database, kMoveJobs, from, to));
  CC_TRY(run(database, kMoveCounts, from, to));
  CC_TRY(run(database, kDropCounts, from));
  return run(database, kDrop, from);
}

// Whether all that is known of `before` goes on as `ca`.
Result<bool> take_over(StoreWriter& writer, const core::CaFingerprint& ca,
                       std::optional<std::int64_t> now, std::int64_t before) {
  Database& database = writer.database();
  if (now) {
    CC_TRY_ASSIGN(const bool empty, is_there(database, kIsEmpty, *now));
    if (!empty) return false;
    CC_TRY(writer.flush());  // counters name the row that goes
    CC_TRY(move_jobs(database, *now, before));
  }
  CC_TRY(writer.rename_authority(before, ca));
  // The CRL of the new certificate has another issuer key identifier: it is due.
  CC_TRY(note_revocation(database, before));
  return true;
}

Status record_revocation(Database& database, std::int64_t authority,
                         const core::EarlierRevocation& earlier, core::EarlierRevocations& all) {
  const Timestamp end = earlier.not_after.value_or(core::unknown_end());
  const core::RevokeEntry entry{{earlier.serial, {}}, earlier.revocation};
  CC_TRY_ASSIGN(const auto result, revoke_serial(database, authority, entry, end));
  ++(core::changes_crl(result.change) ? all.added : all.known);
  if (!earlier.not_after) return {};
  return run(database, kSetEnd, authority, earlier.serial, end, core::unknown_end());
}

Status link_revocation(Database& database, std::int64_t authority, std::int64_t entry,
                       const core::IssuedCertificate& certificate) {
  CC_TRY(run(database, kLink, authority, certificate.serial, entry, certificate.not_after));
  if (database.changes() == 0) return {};
  CC_TRY_ASSIGN(const auto standing, find_revocation(database, authority, certificate.serial));
  const bool compromises =
      standing && core::compromises_lineage(core::RevokeChange::revoked, standing->reason);
  return compromises ? compromise_lineage(database, entry) : Status();
}

Result<core::EarlierCertificate> record_certificate_of(StoreWriter& writer,
                                                       const NewCertificateRow& row,
                                                       const core::CertificateEntry& entry) {
  Database& database = writer.database();
  const core::IssuedCertificate& certificate = entry.certificate;
  CC_TRY_ASSIGN(const auto same,
                find_certificate(database, row.authority, {certificate.serial, {}}));
  if (same) {
    const bool known = same->certificate.certificate.certificate == certificate.certificate;
    return known ? core::EarlierCertificate::known : core::EarlierCertificate::other;
  }
  CC_TRY_ASSIGN(const auto recorded, record_certificate(writer, row, entry));
  if (recorded.before) return core::EarlierCertificate::other;
  CC_TRY(link_revocation(database, row.authority, recorded.entry, certificate));
  return core::EarlierCertificate::added;
}

}  // namespace

Status name_authority(StoreWriter& writer, const core::CaFingerprint& ca,
                      const core::CaKeyId& key) {
  Database& database = writer.database();
  CC_TRY_ASSIGN(const auto known, writer.known_authority(ca));
  if (known) {
    CC_TRY_ASSIGN(const bool named, is_there(database, kKeyOf, *known, key));
    if (named) return {};
  }
  CC_TRY_ASSIGN(const auto before, authority_of_key(database, key));
  if (before) {
    CC_TRY_ASSIGN(const bool taken, take_over(writer, ca, known, *before));
    if (taken) return {};
  }
  CC_TRY_ASSIGN(const std::int64_t number, writer.authority(ca));
  return run(database, kSetKey, number, key);
}

Status note_earlier_issues(StoreWriter& writer, const core::CaFingerprint& ca) {
  CC_TRY_ASSIGN(const std::int64_t number, writer.authority(ca));
  return run(writer.database(), kNoteMore, number);
}

Result<bool> may_have_issued_more(Database& database, std::int64_t authority) {
  Query query(database, kHasMore, authority);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row && query.integer(0) != 0;
}

Result<bool> may_have_issued_more(Database& database, const core::CaFingerprint& ca) {
  Query query(database, kHasMoreByName, ca);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row && query.integer(0) != 0;
}

Result<core::EarlierRevocations> record_earlier_revocations(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::EarlierRevocation>& revocations) {
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  core::EarlierRevocations all;
  for (const core::EarlierRevocation& one : revocations) {
    CC_TRY(record_revocation(writer.database(), authority, one, all));
  }
  if (all.added != 0) CC_TRY(note_revocation(writer.database(), authority));
  return all;
}

Result<std::vector<core::EarlierCertificate>> record_earlier_certificates(
    StoreWriter& writer, const core::CaFingerprint& ca,
    const std::vector<core::CertificateEntry>& certificates, Timestamp now) {
  NewCertificateRow row;
  CC_TRY_ASSIGN(row.authority, writer.authority(ca));
  row.recorded = now;
  std::vector<core::EarlierCertificate> answers;
  answers.reserve(certificates.size());
  for (const core::CertificateEntry& entry : certificates) {
    CC_TRY_ASSIGN(const auto answer, record_certificate_of(writer, row, entry));
    answers.push_back(answer);
  }
  return answers;
}

Status raise_crl_number(StoreWriter& writer, const core::CaFingerprint& ca, std::uint64_t number) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  CC_TRY_ASSIGN(const std::int64_t authority, writer.authority(ca));
  return run(writer.database(), kRaise, authority, std::min(number, kMax - 1));
}

}  // namespace certconnector::store
