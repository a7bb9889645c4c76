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

// What the commands work with. All outlive the dispatcher.
struct DispatcherParts {
  core::JobStore& store;
  core::EnrollmentLedger& enrollments;
  AgentOperations& agent;
  ChallengeOperations& challenges;
  ScepOperations& scep;
  const Clock& clock;
};

// Thread-safe. Never throws: what a command throws is logged and answered as `internal`. Every
// command that changes something is logged with who asked for it; arguments are not, since they may
// hold secrets.
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
