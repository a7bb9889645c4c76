#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::testing {

Result<std::vector<core::BeginAnswer>> FakeEnrollmentLedger::begin(
    const std::vector<core::NewEnrollment>& enrollments, Timestamp) {
  if (failure) return *failure;
  batches.push_back(enrollments.size());
  std::vector<core::BeginAnswer> given;
  for (const core::NewEnrollment& one : enrollments) {
    const std::string& id = one.job.job.key.id;
    const auto planted = answers.find(id);
    if (planted != answers.end()) {
      given.push_back(planted->second);
      continue;
    }
    core::EnrollmentStanding begun;
    begun.ticket.value = ++last_ticket_;
    begun.begun = true;
    tickets[id] = begun.ticket;
    given.emplace_back(std::move(begun));
  }
  while_beginning();
  return given;
}

Result<std::optional<core::EnrollmentStanding>> FakeEnrollmentLedger::find(
    const core::EnrollmentKey&) {
  if (failure) return *failure;
  return standing;
}

Result<std::vector<core::EnrollmentRecord>> FakeEnrollmentLedger::list(
    const core::EnrollmentFilter&) {
  return std::vector<core::EnrollmentRecord>();
}

Result<std::uint64_t> FakeEnrollmentLedger::purge_enrollments(Timestamp, std::size_t) {
  if (failure) return *failure;
  return std::uint64_t{0};
}

}  // namespace certconnector::testing
