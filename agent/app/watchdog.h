// Checks whether the loops make progress. The watchdog's ping depends on it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/runtime/loop_thread.h"
#include "common/time/clock.h"

namespace certconnector::app {

// Thread-safe. Outlives every step that it watches.
class Watchdog {
 public:
  // A step that runs longer than `limit` hangs: every call inside a step has a deadline.
  Watchdog(const Clock& clock, Duration limit) : clock_(clock), limit_(limit) {}

  // The step with the watch around it.
  [[nodiscard]] runtime::Step watch(std::string name, runtime::Step step);
  // The name of a loop that hangs; nothing when all make progress.
  [[nodiscard]] std::optional<std::string> stuck() const;

 private:
  struct Loop {
    std::string name;
    std::atomic<std::int64_t> busy_since{0};  // Clock::now() in milliseconds; 0: waiting
  };

  const Clock& clock_;
  Duration limit_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Loop>> loops_;
};

}  // namespace certconnector::app
