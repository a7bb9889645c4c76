#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "agent/platform/service_controls.h"

namespace certconnector::app {

// Events that a test has written down.
class ScriptedControls final : public platform::ServiceControls {
 public:
  // `before` is called with each event before the agent gets it.
  explicit ScriptedControls(std::deque<platform::ServiceControl> script,
                            std::function<void(platform::ServiceControl)> before = {})
      : script_(std::move(script)), before_(std::move(before)) {}

  std::optional<platform::ServiceControl> next(Duration limit) override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (script_.empty()) changed_.wait_for(lock, limit, [this] { return !script_.empty(); });
    if (script_.empty()) return std::nullopt;
    const platform::ServiceControl event = script_.front();
    script_.pop_front();
    if (before_) before_(event);
    return event;
  }
  void wake() override { add(platform::ServiceControl::wake); }
  void reload() override { add(platform::ServiceControl::reload); }

 private:
  void add(platform::ServiceControl event) {
    const std::lock_guard<std::mutex> lock(mutex_);
    script_.push_back(event);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<platform::ServiceControl> script_;
  const std::function<void(platform::ServiceControl)> before_;
};

}  // namespace certconnector::app
