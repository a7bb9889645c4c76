// Answers the requests of the control socket: reads the envelope, finds the command, runs it,
// writes the answer.
#pragma once

#include "agent/control/agent_operations.h"
#include "agent/control/challenge_operations.h"
#include "agent/control/local_server.h"
#include "agent/core/ports/job_store.h"
#include "common/log/log.h"
#include "common/time/clock.h"

namespace certconnector::control {

// Thread-safe. Never throws: what a command throws is logged and answered as `internal`. Every
// command that changes something is logged with who asked for it; arguments are not, since they may
// hold secrets.
class CommandDispatcher final : public RequestHandler {
 public:
  // All outlive the dispatcher.
  CommandDispatcher(core::JobStore& store, AgentOperations& agent, ChallengeOperations& challenges,
                    const Clock& clock, log::Logger& logger)
      : store_(store), agent_(agent), challenges_(challenges), clock_(clock), logger_(logger) {}

  std::string answer(std::string_view request, const std::string& who) override;

 private:
  core::JobStore& store_;
  AgentOperations& agent_;
  ChallengeOperations& challenges_;
  const Clock& clock_;
  log::Logger& logger_;
};

}  // namespace certconnector::control
