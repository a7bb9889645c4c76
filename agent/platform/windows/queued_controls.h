#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "agent/platform/service_controls.h"

namespace certconnector::platform {

// Events that come on threads of the system's. Thread-safe.
class QueuedControls : public ServiceControls {
 public:
  std::optional<ServiceControl> next(Duration limit) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [this] { return stop_ || reload_ || wake_; });
    if (take(stop_)) return ServiceControl::stop;
    if (take(reload_)) return ServiceControl::reload;
    return take(wake_) ? std::optional<ServiceControl>(ServiceControl::wake) : std::nullopt;
  }
  void wake() override { set(wake_); }
  void reload() override { set(reload_); }
  void stop() { set(stop_); }

 private:
  static bool take(bool& flag) { return std::exchange(flag, false); }
  void set(bool& flag) {
    {
      const std::lock_guard lock(mutex_);
      flag = true;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  bool reload_ = false;
  bool wake_ = false;
};

}  // namespace certconnector::platform
