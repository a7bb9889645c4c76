// The ports and the caller that every command gets.
#pragma once

#include <string>

#include "agent/control/agent_operations.h"
#include "agent/control/challenge_operations.h"
#include "agent/control/scep_operations.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/core/ports/job_store.h"
#include "common/time/clock.h"

namespace certconnector::control {

struct CommandContext {
  core::JobStore& store;
  core::EnrollmentLedger& enrollments;
  AgentOperations& agent;
  ChallengeOperations& challenges;
  ScepOperations& scep;
  const Clock& clock;
  std::string who;  // the caller, for the history of the jobs that the command changes
};

}  // namespace certconnector::control
