#include "agent/store/sqlite/sqlite_enrollment_ledger.h"

#include "agent/store/sqlite/lineage_rows.h"
#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {

Result<std::vector<core::BeginAnswer>> SqliteEnrollmentLedger::begin(
    const std::vector<core::NewEnrollment>& enrollments, Timestamp now) {
  return file_.write(
      [&](StoreWriter& writer) { return begin_enrollments(writer, enrollments, now); });
}

std::size_t SqliteEnrollmentLedger::begin_at_once() {
  constexpr std::size_t kAmongMany = 40;
  constexpr std::size_t kAmongFew = 256;
  return file_.has_many_certificates() ? kAmongMany : kAmongFew;
}

Result<std::optional<core::EnrollmentStanding>> SqliteEnrollmentLedger::find(
    const core::EnrollmentKey& key) {
  return file_.read([&](Database& database) { return find_enrollment(database, key); });
}

Result<std::optional<core::EnrollmentStanding>> SqliteEnrollmentLedger::find_for_poll(
    const core::EnrollmentKey& signer) {
  return file_.read([&](Database& database) { return store::find_for_poll(database, signer); });
}

Result<std::vector<core::EnrollmentRecord>> SqliteEnrollmentLedger::list(
    const core::EnrollmentFilter& filter) {
  return file_.browse([&](Database& database) { return list_enrollments(database, filter); });
}

Status SqliteEnrollmentLedger::given(const std::vector<core::JobTicket>& renewals, Timestamp now) {
  return file_.write([&](StoreWriter& writer) { return note_given(writer, renewals, now); });
}

Result<std::uint64_t> SqliteEnrollmentLedger::purge_enrollments(Timestamp now, std::size_t max) {
  return file_.write(
      [&](StoreWriter& writer) { return store::purge_enrollments(writer, now, max); });
}

Result<std::vector<core::ExternalEnrollment>> SqliteEnrollmentLedger::external(
    const core::ExternalSearch& search) {
  return file_.peek([&](StoreWriter& writer) { return external_enrollments(writer, search); });
}

Result<std::vector<core::ExternalEnrollment>> SqliteEnrollmentLedger::overdue(Timestamp now,
                                                                              std::size_t max) {
  return file_.peek([&](StoreWriter& writer) { return overdue_enrollments(writer, now, max); });
}

Result<core::ExternalCompletion> SqliteEnrollmentLedger::complete(core::JobTicket ticket,
                                                                  const core::ExternalOutcome& news,
                                                                  const std::string& late_job,
                                                                  Timestamp now) {
  return file_.write([&](StoreWriter& writer) {
    return complete_enrollment(writer, ticket, news, late_job, now);
  });
}

Result<core::ExternalCompletion> SqliteEnrollmentLedger::record(
    const core::NewEnrollment& enrollment, const core::Issued& issued, Timestamp now) {
  return file_.write(
      [&](StoreWriter& writer) { return record_certificate(writer, enrollment, issued, now); });
}

Result<core::SupersedeLook> SqliteEnrollmentLedger::supersede(
    const std::vector<core::SupersedeTerms>& terms, Timestamp now, std::size_t max) {
  return file_.write(
      [&](StoreWriter& writer) { return supersede_certificates(writer, terms, now, max); });
}

Status SqliteEnrollmentLedger::note_use(const std::vector<core::CertificateOfCa>& used) {
  return file_.write([&](StoreWriter& writer) { return note_uses(writer, used); });
}

Result<std::optional<core::LineageState>> SqliteEnrollmentLedger::find(core::LineageId lineage,
                                                                       Timestamp now) {
  return file_.browse([&](Database& database) { return lineage_state(database, lineage, now); });
}

Result<core::LineageState> SqliteEnrollmentLedger::allow(core::LineageId lineage,
                                                         std::size_t renewals, Timestamp now) {
  return file_.write([&](StoreWriter& writer) -> Result<core::LineageState> {
    CC_TRY(allow_renewals(writer.database(), lineage, renewals));
    CC_TRY_ASSIGN(const auto state, lineage_state(writer.database(), lineage, now));
    if (state) return *state;
    return Error(StoreErrc::not_found, ErrorKind::permanent, "there is no such lineage any more");
  });
}

Status SqliteEnrollmentLedger::compromise(core::LineageId lineage) {
  return file_.write(
      [&](StoreWriter& writer) { return compromise_lineage(writer.database(), lineage); });
}

}  // namespace certconnector::store
