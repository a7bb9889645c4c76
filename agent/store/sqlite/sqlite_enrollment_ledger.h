// The enrolment ledger in the queue's file. Thread-safe.
#pragma once

#include <vector>

#include "agent/core/ports/outside_enrollments.h"
#include "agent/store/sqlite/sqlite_job_store.h"

namespace certconnector::store {

class SqliteEnrollmentLedger final : public core::EnrollmentLedger,
                                     public core::OutsideEnrollments {
 public:
  // `queue` outlives the ledger.
  explicit SqliteEnrollmentLedger(SqliteJobStore& queue) : file_(queue.connections()) {}

  Result<std::vector<core::BeginAnswer>> begin(const std::vector<core::NewEnrollment>& enrollments,
                                               Timestamp now) override;
  Result<std::optional<core::EnrollmentStanding>> find(const core::EnrollmentKey& key) override;
  Result<std::vector<core::EnrollmentRecord>> list(const core::EnrollmentFilter& filter) override;
  Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) override;

  Result<std::vector<core::OutsideEnrollment>> outside(const core::OutsideSearch& search) override;
  Result<std::vector<core::OutsideEnrollment>> unheard(Timestamp now, std::size_t max) override;
  Result<core::OutsideConclusion> conclude(core::JobTicket ticket, const core::OutsideNews& news,
                                           const std::string& late_job, Timestamp now) override;
  Result<core::OutsideConclusion> record(const core::NewEnrollment& enrollment,
                                         const core::Issued& issued, Timestamp now) override;

 private:
  QueueConnections& file_;
};

}  // namespace certconnector::store
