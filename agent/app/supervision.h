// What the program does while the agent works: signals, status line, watchdog.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/platform/service_events.h"
#include "agent/platform/supervisor.h"

namespace certconnector::app {

// The work that goes on beside it. Every call comes from the thread of Supervision but for reload()
// and finish(), which come from a thread that may wait.
class Supervised {
 public:
  Supervised() = default;
  virtual ~Supervised() = default;
  Supervised(const Supervised&) = delete;
  Supervised& operator=(const Supervised&) = delete;

  [[nodiscard]] virtual std::string status_line() = 0;
  [[nodiscard]] virtual bool damaged() = 0;  // it cannot go on: a person is needed
  // Why the service manager is better off with a new process; nothing when all is well.
  [[nodiscard]] virtual std::optional<std::string> stuck() = 0;
  virtual void reload() = 0;
  // Nothing new is taken up, and who waits on a person's behalf gives up. May come during reload().
  virtual void begin_stop() = 0;
  [[nodiscard]] virtual Duration drain_timeout() = 0;
  virtual void finish(Duration limit) = 0;
  virtual void hurry() = 0;  // finish() is to return soon
};

class Supervision {
 public:
  // All of it outlives the supervision.
  Supervision(Supervised& work, platform::ServiceEvents& events,
              const platform::Supervisor& supervisor)
      : work_(work), events_(events), supervisor_(supervisor) {}

  // Says that the agent is ready, and returns when it is to stop: false when it is damaged.
  [[nodiscard]] bool run();
  // Lets the agent finish what runs, within the drain timeout; a second stop ends it faster.
  void drain();

 private:
  [[nodiscard]] Duration interval() const;
  void while_alive(const std::function<void()>& step, const std::function<void()>& on_stop);
  void reload();
  void sign_of_life();

  Supervised& work_;
  platform::ServiceEvents& events_;
  const platform::Supervisor& supervisor_;
  std::string status_;
  bool stop_ = false;
  bool reload_ = false;  // another one was asked for while one was under way
};

}  // namespace certconnector::app
