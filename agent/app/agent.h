// The agent's life: starts the engine of the configuration, replaces it at a reload, and ends it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "agent/app/active_configuration.h"
#include "agent/app/engine.h"
#include "agent/app/identity_service.h"
#include "agent/app/operating_mode_service.h"
#include "agent/app/served_cas.h"
#include "agent/config/settings.h"
#include "common/time/stop.h"

namespace certconnector::app {

// The parts of an agent; all outlive it.
struct AgentParts {
  EngineParts engine;
  ActiveConfiguration& active;
  ServedCas& cas;
  IdentityService& identity;
  OperatingModeService& operating_mode;
  StopSource& calls;  // for a person: the agent's stop ends them
};

// Thread-safe. Life: start(), reload()s, begin_stop(), finish(), destructor.
class Agent {
 public:
  explicit Agent(AgentParts parts) : parts_(std::move(parts)) {}
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Opens the CAs, takes up the identity and starts the loops. The status shows a CA that cannot be
  // opened; the agent does not serve it. Errors: the identity is there and cannot be used.
  [[nodiscard]] Status start();
  // Works on with other settings. Calls to CAs that are under way end under the old ones, also
  // beside the new engine.
  void reload(const config::Settings& settings);
  [[nodiscard]] config::Settings settings() const { return parts_.active.settings(); }

  void begin_stop();
  // Waits for the batches under way and their reports, at most about `limit`. All work done by then
  // is durable. False: a call to a CA still runs, and the destructor would wait for it.
  [[nodiscard]] bool finish(Duration limit);
  void hurry();  // from another thread, while finish() waits: network calls give up

  // Ends the engines from before a reload whose last call to a CA has returned. True: none is left.
  bool take_back_left_engines();

 private:
  using EngineRef = std::shared_ptr<Engine>;

  [[nodiscard]] std::vector<EngineRef> left_engines();
  [[nodiscard]] EngineRef make_engine(const config::Settings& settings);

  const AgentParts parts_;
  std::mutex mutex_;
  // A reload replaced them while one of their calls to a CA ran on.
  std::vector<EngineRef> left_engines_;
};

}  // namespace certconnector::app
