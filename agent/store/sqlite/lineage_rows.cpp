#include "agent/store/sqlite/lineage_rows.h"

#include <algorithm>
#include <chrono>

#include "agent/core/certificate_rules.h"
#include "agent/store/sqlite/certificate_operations.h"
#include "agent/store/sqlite/statement.h"

namespace certconnector::store {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

constexpr char kRenewedCertificate[] =
    "SELECT entry, coalesce(lineage, entry), device FROM certificate INDEXED BY certificate_serial "
    "WHERE serial = ? AND authority = (SELECT coalesce(same_as, number) FROM authority WHERE "
    "fingerprint = ?) "
    "ORDER BY entry DESC LIMIT 1";
constexpr char kInForce[] =
    "SELECT count(*) FROM (SELECT entry, not_after FROM certificate WHERE entry = ?1 UNION ALL "
    "SELECT entry, not_after FROM certificate INDEXED BY certificate_lineage WHERE lineage = ?1) "
    "AS member WHERE not_after > ?2 AND NOT EXISTS "
    "(SELECT 1 FROM revocation WHERE revocation.entry = member.entry)";
constexpr char kLately[] =
    "SELECT count(*) FROM certificate INDEXED BY certificate_lineage "
    "WHERE lineage = ? AND recorded > ?";
// As jobs::is_finished(): the states before it.
constexpr char kUnderWay[] =
    "SELECT count(*) FROM enrollment INDEXED BY enrollment_lineage "
    "JOIN job ON job.ticket = enrollment.ticket WHERE lineage = ? AND job.state < ?";
constexpr char kAllow[] =
    "INSERT INTO lineage(first, allowed) VALUES (?1, ?2) "
    "ON CONFLICT DO UPDATE SET allowed = min(allowed + excluded.allowed, ?3)";
constexpr char kIsThere[] =
    "SELECT 1 FROM certificate WHERE entry = ?1 UNION ALL SELECT 1 FROM certificate "
    "INDEXED BY certificate_lineage WHERE lineage = ?1 LIMIT 1";
constexpr char kCompromiseLineage[] =
    "INSERT INTO lineage(first, compromised) VALUES (?, 1) "
    "ON CONFLICT DO UPDATE SET compromised = 1";
constexpr char kLineage[] = "SELECT compromised, allowed FROM lineage WHERE first = ?";
constexpr char kUseAllowance[] = "UPDATE lineage SET allowed = allowed - 1 WHERE first = ?";
constexpr char kNoteUse[] =
    "UPDATE certificate SET used = 1 WHERE entry = ? AND renews IS NOT NULL AND used IS NULL";
// From the beginning of time: at once.
constexpr char kLookAtOnce[] =
    "UPDATE certificate SET superseded = 0 WHERE superseded > 0 "
    "AND entry = (SELECT renews FROM certificate WHERE entry = ?)";
constexpr char kSupersede[] = "UPDATE certificate SET superseded = ?2 WHERE entry = ?1";
constexpr char kCompromise[] =
    "INSERT INTO lineage(first, compromised) "
    "SELECT coalesce(lineage, entry), 1 FROM certificate WHERE entry = ? "
    "ON CONFLICT DO UPDATE SET compromised = 1";

template <typename... Values>
Result<std::size_t> count_of(Database& database, StaticSql sql, const Values&... values) {
  Query query(database, sql, values...);
  CC_TRY_ASSIGN(const bool row, query.next());
  return row ? static_cast<std::size_t>(query.integer(0)) : 0;
}

Status read_person(Database& database, enrollment::LineageFacts& lineage) {
  Query query(database, kLineage, lineage.id.value);
  CC_TRY_ASSIGN(const bool row, query.next());
  if (!row) return {};
  lineage.compromised = query.integer(0) != 0;
  lineage.allowed = static_cast<std::size_t>(query.integer(1));
  return {};
}

Status count_members(Database& database, enrollment::LineageFacts& lineage, Timestamp now) {
  const std::int64_t first = lineage.id.value;
  CC_TRY(read_person(database, lineage));
  CC_TRY_ASSIGN(lineage.in_force, count_of(database, kInForce, first, now));
  CC_TRY_ASSIGN(lineage.lately, count_of(database, kLately, first, now - kDay));
  CC_TRY_ASSIGN(lineage.under_way, count_of(database, kUnderWay, first, core::JobState::succeeded));
  return {};
}

}  // namespace

Status record_renewed(StoreWriter& writer, const core::NewEnrollment& enrollment, Timestamp now) {
  const core::IssuedCertificate& certificate = enrollment.renewal->certificate;
  if (certificate.certificate.empty()) return {};
  const core::CaFingerprint& ca = core::ca_of_renewed(enrollment);
  {
    Query query(writer.database(), kRenewedCertificate, certificate.serial, ca);
    CC_TRY_ASSIGN(const bool known, query.next());
    if (known) return {};
  }
  const auto recorded =
      record_certificates(writer, ca, {core::entry_without_job(certificate)}, now);
  return recorded.ok() ? Status() : Status(recorded.error());
}

Result<std::optional<enrollment::LineageFacts>> lineage_of_renewal(
    Database& database, const core::NewEnrollment& enrollment, Timestamp now) {
  enrollment::LineageFacts lineage;
  {
    Query query(database, kRenewedCertificate, enrollment.renewal->serial,
                core::ca_of_renewed(enrollment));
    CC_TRY_ASSIGN(const bool known, query.next());
    if (!known) return std::optional<enrollment::LineageFacts>();
    lineage.renewed = query.integer(0);
    lineage.id.value = query.integer(1);
    lineage.device = query.text(2);
  }
  CC_TRY(count_members(database, lineage, now));
  return std::make_optional(std::move(lineage));
}

Result<std::optional<core::LineageState>> lineage_state(Database& database, core::LineageId lineage,
                                                        Timestamp now) {
  {
    Query query(database, kIsThere, lineage.value);
    CC_TRY_ASSIGN(const bool there, query.next());
    if (!there) return std::optional<core::LineageState>();
  }
  enrollment::LineageFacts facts;
  facts.id = lineage;
  CC_TRY(count_members(database, facts, now));
  return std::make_optional(core::LineageState{lineage, facts.compromised, facts.in_force,
                                               facts.under_way, facts.lately, facts.allowed});
}

Status allow_renewals(Database& database, core::LineageId lineage, std::size_t renewals) {
  return run(database, kAllow, lineage.value, std::min(renewals, core::kMostRenewalsAllowed),
             core::kMostRenewalsAllowed);
}

Status compromise_lineage(Database& database, core::LineageId lineage) {
  return run(database, kCompromiseLineage, lineage.value);
}

Status use_allowance(Database& database, core::LineageId lineage) {
  return run(database, kUseAllowance, lineage.value);
}

Status note_use(Database& database, std::int64_t entry) {
  CC_TRY(run(database, kNoteUse, entry));
  return database.changes() == 0 ? Status() : run(database, kLookAtOnce, entry);
}

Status supersede(Database& database, std::int64_t entry, Timestamp now) {
  return run(database, kSupersede, entry, now);
}

Status compromise_lineage(Database& database, std::int64_t entry) {
  return run(database, kCompromise, entry);
}

}  // namespace certconnector::store
