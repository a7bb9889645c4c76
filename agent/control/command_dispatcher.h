// Answers the requests of the control socket: reads the envelope, finds the command, runs it,
// writes the answer.
#pragma once

#include "agent/control/agent_operations.h"
#include "agent/control/challenge_operations.h"
#include "agent/control/local_server.h"
#include "agent/control/scep_operations.h"
#include "agent/core/ports/enrollment_ledger.h"
#include "agent/core/ports/job_store.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::control {

// The ports that the commands use. All outlive the dispatcher.
struct DispatcherParts {
  core::JobStore& store;
  core::EnrollmentLedger& enrollments;
  AgentOperations& agent;
  ChallengeOperations& challenges;
  ScepOperations& scep;
  const Clock& clock;
};

// Thread-safe. Never throws: it logs the exception of a command and answers `internal`. It logs
// every command that changes something, with its caller. It does not log arguments, which may hold
// secrets.
class CommandDispatcher final : public RequestHandler {
 public:
  // `logger` outlives the dispatcher.
  CommandDispatcher(const DispatcherParts& parts, log::Logger& logger)
      : parts_(parts), logger_(logger) {}

  std::string answer(std::string_view request, const std::string& who) override;

 private:
  const DispatcherParts parts_;
  log::Logger& logger_;
};

}  // namespace certconnector::control
