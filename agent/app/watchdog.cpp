#include "agent/app/watchdog.h"

#include <algorithm>
#include <utility>

namespace certconnector::app {

runtime::Step Watchdog::watch(std::string name, runtime::Step step) {
  auto loop = std::make_shared<Loop>();
  loop->name = std::move(name);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // The steps of a replaced engine are gone.
    loops_.erase(
        std::remove_if(loops_.begin(), loops_.end(), [](const auto& l) { return l.expired(); }),
        loops_.end());
    loops_.push_back(loop);
  }
  return [this, loop, step = std::move(step)](const StopToken& stop) {
    loop->busy_since = to_millis(clock_.now());
    const Duration wait = step(stop);
    loop->busy_since = 0;
    return wait;
  };
}

std::optional<std::string> Watchdog::stuck() const {
  const std::int64_t now = to_millis(clock_.now());
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& weak : loops_) {
    const auto loop = weak.lock();
    if (!loop) continue;
    const std::int64_t since = loop->busy_since;
    if (since != 0 && now - since > limit_.count()) return loop->name;
  }
  return std::nullopt;
}

}  // namespace certconnector::app
