// The rows that the rules of enrollments look at (agent/enrollment/rules), each by one statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/enrollment/rules/enrollment_progress.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

using enrollment::Progress;
using JobOfEnrollment = enrollment::EnrollmentJob;

// By the enrollment's ticket.
[[nodiscard]] Result<JobOfEnrollment> job_of(Database& database, std::int64_t ticket);

// The ticket of the enrollment that holds a challenge. It may have failed since: then it only
// stands in nobody's way.
[[nodiscard]] Result<std::optional<std::int64_t>> challenge_holder(Database& database,
                                                                   const std::string& challenge);
// The enrollment, by its ticket, holds its challenge no longer.
[[nodiscard]] Status release_challenge(Database& database, std::int64_t ticket);

// Nothing: its job is not over, or ended without one.
[[nodiscard]] Result<std::optional<core::Outcome>> outcome_of(Database& database,
                                                              std::int64_t ticket);

// The same for a rule, in the transaction of the call that applies it.
class SqliteEnrollmentRows final : public enrollment::EnrollmentRows {
 public:
  // `database` outlives the rows.
  explicit SqliteEnrollmentRows(Database& database) : database_(database) {}

  Result<JobOfEnrollment> job(core::JobTicket ticket) override {
    return job_of(database_, ticket.value);
  }
  Result<std::optional<core::Outcome>> outcome(core::JobTicket ticket) override {
    return outcome_of(database_, ticket.value);
  }
  Result<std::optional<core::JobTicket>> holder(const std::string& challenge) override;
  Result<std::optional<enrollment::LineageFacts>> lineage(const core::NewEnrollment& enrollment,
                                                          Timestamp now) override;

 private:
  Database& database_;
};

}  // namespace certconnector::store
