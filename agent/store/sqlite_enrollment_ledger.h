// The enrolment ledger in the queue's file. Thread-safe.
#pragma once

#include <vector>

#include "agent/core/ports/enrollment_ledger.h"
#include "agent/store/sqlite_job_store.h"

namespace certconnector::store {

class SqliteEnrollmentLedger final : public core::EnrollmentLedger {
 public:
  // `queue` outlives the ledger.
  explicit SqliteEnrollmentLedger(SqliteJobStore& queue) : file_(queue.connections()) {}

  Result<std::vector<core::BeginAnswer>> begin(const std::vector<core::NewEnrollment>& enrollments,
                                               Timestamp now) override;
  Result<std::optional<core::EnrollmentStanding>> find(const core::EnrollmentKey& key) override;
  Result<std::vector<core::EnrollmentRecord>> list(const core::EnrollmentFilter& filter) override;
  Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) override;

 private:
  QueueConnections& file_;
};

}  // namespace certconnector::store
