// Signals, status line and watchdog while the agent works.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"

namespace certconnector::app {

// The agent as ServiceHost sees it. Every call comes from the thread of ServiceHost but for
// reload() and finish(), which come from a thread that may wait.
class HostedAgent {
 public:
  HostedAgent() = default;
  virtual ~HostedAgent() = default;
  HostedAgent(const HostedAgent&) = delete;
  HostedAgent& operator=(const HostedAgent&) = delete;

  [[nodiscard]] virtual std::string status_line() = 0;
  [[nodiscard]] virtual bool damaged() = 0;  // it cannot go on without a person
  // The reason why the service manager should start a new process; nothing when all is well.
  [[nodiscard]] virtual std::optional<std::string> stuck() = 0;
  virtual void reload() = 0;
  // Takes up nothing new, and ends the waits for a person's commands. May come during reload().
  virtual void begin_stop() = 0;
  [[nodiscard]] virtual Duration drain_timeout() = 0;
  virtual void finish(Duration limit) = 0;
  virtual void hurry() = 0;  // makes finish() return soon
};

class ServiceHost {
 public:
  // All outlive it.
  ServiceHost(HostedAgent& work, platform::ServiceControls& events,
              const platform::ServiceManager& service_manager)
      : work_(work), events_(events), service_manager_(service_manager) {}

  // Announces that the agent is ready, and returns at a stop. False: the agent is damaged.
  [[nodiscard]] bool run();
  // Lets the agent finish what runs, within the drain timeout; a second stop ends it faster.
  void drain();

 private:
  [[nodiscard]] Duration interval() const;
  void while_alive(const std::function<void()>& step, const std::function<void()>& on_stop);
  void reload();
  void sign_of_life();

  HostedAgent& work_;
  platform::ServiceControls& events_;
  const platform::ServiceManager& service_manager_;
  std::string status_;
  bool stop_ = false;
  bool reload_ = false;  // a second request came while a reload was under way
};

}  // namespace certconnector::app
