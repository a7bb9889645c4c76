// All that works between INDESPolicy's Initialize and Uninitialize.
#pragma once

#include <memory>
#include <string>

#include "agent/ndes_policy/agent_transport.h"
#include "agent/ndes_policy/notification_sender.h"
#include "agent/ndes_policy/policy.h"
#include "common/runtime/loop_thread.h"
#include "common/runtime/random_source.h"

namespace certconnector::ndes_policy {

struct ModuleSettings {
  AgentAddress agent;
  Duration deadline{std::chrono::seconds(10)};  // of each question
  std::string spool_folder;
  // Why the module cannot work with what it was given; empty: it can. Then it answers, and verifies
  // nothing.
  std::string unusable;
};

// Thread-safe. Asks nobody until it has to: an NDES starts without the agent.
class ModuleSession {
 public:
  ModuleSession(ModuleSettings settings, CredentialSource credentials,
                std::unique_ptr<log::Logger> logger);
  // Waits for its thread. No call of policy() is under way then.
  ~ModuleSession();
  ModuleSession(const ModuleSession&) = delete;
  ModuleSession& operator=(const ModuleSession&) = delete;

  [[nodiscard]] Policy& policy() { return policy_; }
  // Calls that are under way end soon.
  void request_stop() { stopping_.request_stop(); }
  [[nodiscard]] StopToken stop() const { return stopping_.token(); }

 private:
  const ModuleSettings settings_;
  const std::unique_ptr<log::Logger> logger_;
  const SystemClock clock_;
  runtime::SystemRandom random_;
  StopSource stopping_;
  AgentTransport transport_;
  NdesServiceClient client_;
  NotificationSpool spool_;
  NotificationSender sender_;
  runtime::LoopThread sending_;
  Policy policy_;
};

}  // namespace certconnector::ndes_policy
