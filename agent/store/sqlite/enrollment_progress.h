// How far an enrolment is: what its challenge's state follows from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/core/job.h"
#include "agent/store/sqlite/database.h"

namespace certconnector::store {

enum class Progress {
  under_way,
  succeeded,
  failed,
  unknown,  // others did it and never told what came of it until its deadline passed
  gone      // it is done and was purged
};

struct JobOfEnrollment {
  Progress progress = Progress::gone;
  core::JobState state = core::JobState::reported;
  bool refused_on_arrival = false;  // it was only noted, and never reached a CA
};

// By the enrolment's ticket.
[[nodiscard]] Result<JobOfEnrollment> job_of(Database& database, std::int64_t ticket);

// The ticket of the enrolment that holds a challenge. It may have failed since: then it only stands
// in nobody's way.
[[nodiscard]] Result<std::optional<std::int64_t>> challenge_holder(Database& database,
                                                                   const std::string& challenge);
// The enrolment, by its ticket, holds its challenge no longer.
[[nodiscard]] Status release_challenge(Database& database, std::int64_t ticket);

// Nothing: its job is not over, or ended without one.
[[nodiscard]] Result<std::optional<core::Outcome>> outcome_of(Database& database,
                                                              std::int64_t ticket);

}  // namespace certconnector::store
