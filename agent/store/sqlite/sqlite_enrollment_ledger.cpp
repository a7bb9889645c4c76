#include "agent/store/sqlite/sqlite_enrollment_ledger.h"

#include "agent/store/sqlite/store_operations.h"

namespace certconnector::store {

Result<std::vector<core::BeginAnswer>> SqliteEnrollmentLedger::begin(
    const std::vector<core::NewEnrollment>& enrollments, Timestamp now) {
  return file_.write(
      [&](StoreWriter& writer) { return begin_enrollments(writer, enrollments, now); });
}

Result<std::optional<core::EnrollmentStanding>> SqliteEnrollmentLedger::find(
    const core::EnrollmentKey& key) {
  return file_.read([&](Database& database) { return find_enrollment(database, key); });
}

Result<std::vector<core::EnrollmentRecord>> SqliteEnrollmentLedger::list(
    const core::EnrollmentFilter& filter) {
  return file_.browse([&](Database& database) { return list_enrollments(database, filter); });
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

}  // namespace certconnector::store
