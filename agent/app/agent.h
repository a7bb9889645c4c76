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

  // Opens the CAs, takes up the identity and starts the loops. Errors: an identity that is there
  // and cannot be used. CAs that cannot be opened are shown and not served.
  [[nodiscard]] Status start();
  // Works on with other settings: the batches under way are finished under the old ones first.
  void reload(const config::Settings& settings);
  [[nodiscard]] config::Settings settings() const { return parts_.active.settings(); }

  void begin_stop();
  // Waits for the batches under way and their reports, at most about `limit`. False: a CA's call
  // runs still, and the destructor would wait for it. What is done by then is durable.
  [[nodiscard]] bool finish(Duration limit);
  void hurry();  // from another thread, while finish() waits: what waits for the network gives up

  // Ends the engines of before a reload whose last call to a CA has returned. True: none is left.
  bool take_back_left_engines();

 private:
  using EngineRef = std::shared_ptr<Engine>;

  [[nodiscard]] EngineRef make_engine(const config::Settings& settings);

  const AgentParts parts_;
  std::mutex mutex_;
  // Replaced by a reload while a CA's call of theirs ran on.
  std::vector<EngineRef> left_engines_;
};

}  // namespace certconnector::app
