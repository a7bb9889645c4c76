// An enrolment ledger that answers what a test has planted.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports/enrollment_ledger.h"

namespace certconnector::testing {

class FakeEnrollmentLedger final : public core::EnrollmentLedger {
 public:
  // By the id of the enrolment's job; what is not planted begins, under the next ticket.
  std::map<std::string, core::BeginAnswer> answers;
  std::optional<core::EnrollmentStanding> standing;  // what find() gives
  std::vector<core::EnrollmentRecord> records;       // newest first: what list() looks through
  std::optional<Error> failure;
  std::function<void()> while_beginning = [] {};   // after the jobs have their tickets
  std::vector<std::size_t> batches;                // sizes, in order
  std::vector<core::NewEnrollment> asked;          // what begin() was given, one after another
  std::map<std::string, core::JobTicket> tickets;  // by job id

  Result<std::vector<core::BeginAnswer>> begin(const std::vector<core::NewEnrollment>& enrollments,
                                               Timestamp now) override;
  Result<std::optional<core::EnrollmentStanding>> find(const core::EnrollmentKey& key) override;
  Result<std::vector<core::EnrollmentRecord>> list(const core::EnrollmentFilter& filter) override;
  Result<std::uint64_t> purge_enrollments(Timestamp now, std::size_t max) override;

 private:
  std::int64_t last_ticket_ = 0;
};

}  // namespace certconnector::testing
