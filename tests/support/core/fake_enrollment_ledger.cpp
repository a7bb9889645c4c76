#include "tests/support/core/fake_enrollment_ledger.h"

namespace certconnector::testing {
namespace {

bool equals(const std::optional<std::string>& wanted, const std::string& value) {
  return !wanted || *wanted == value;
}

bool fits(const core::EnrollmentRecord& one, const core::EnrollmentFilter& filter) {
  return equals(filter.service, one.key.service) &&
         equals(filter.transaction_id, one.key.transaction_id) &&
         equals(filter.device, one.device) && equals(filter.challenge, one.challenge) &&
         (!filter.subject || one.subject.find(*filter.subject) != std::string::npos);
}

}  // namespace

Result<std::vector<core::BeginAnswer>> FakeEnrollmentLedger::begin(
    const std::vector<core::NewEnrollment>& enrollments, Timestamp) {
  if (failure) return *failure;
  batches.push_back(enrollments.size());
  asked.insert(asked.end(), enrollments.begin(), enrollments.end());
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
    const core::EnrollmentFilter& filter) {
  if (failure) return *failure;
  std::vector<core::EnrollmentRecord> page;
  for (const core::EnrollmentRecord& one : records) {
    const std::int64_t ticket = one.ticket.value;
    const bool older = !filter.after || ticket < filter.after->value;
    const bool matched = !filter.ticket || ticket == filter.ticket->value;
    if (older && matched && fits(one, filter) && page.size() < filter.limit) page.push_back(one);
  }
  return page;
}

Result<std::uint64_t> FakeEnrollmentLedger::purge_enrollments(Timestamp, std::size_t) {
  if (failure) return *failure;
  return std::uint64_t{0};
}

}  // namespace certconnector::testing
