// Cooperative stop and interruptible waits. Nothing in this project sleeps any other way.
//
// The owner of a StopSource decides the shutdown. Loops and calls get StopTokens, which are copies,
// and obey. One loop waits on one Wakeup: notify() from any thread ends the wait, and so does the
// stop.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "common/time/clock.h"

namespace certconnector {

namespace detail {
class StopState;
}

// Undoes the registration of a stop callback when it goes out of scope. After the destructor
// returns the callback is not running and will not run.
class StopCallback {
 public:
  StopCallback() = default;
  StopCallback(StopCallback&&) noexcept = default;
  StopCallback& operator=(StopCallback&& other) noexcept;
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;
  ~StopCallback();

 private:
  friend class StopToken;
  StopCallback(std::shared_ptr<detail::StopState> state, std::uint64_t id)
      : state_(std::move(state)), id_(id) {}

  std::shared_ptr<detail::StopState> state_;
  std::uint64_t id_ = 0;
};

// Thread-safe; cheap to copy. A default token never stops.
class StopToken {
 public:
  StopToken() = default;
  [[nodiscard]] bool stop_requested() const;
  // Runs `callback` once when the stop is requested, at once if it already was. The callback must
  // not block. It runs under the lock of the stop, so nobody registers or ends one under a lock
  // that a callback takes; stop_requested() may be asked there.
  [[nodiscard]] StopCallback on_stop(std::function<void()> callback) const;

 private:
  friend class StopSource;
  explicit StopToken(std::shared_ptr<detail::StopState> state) : state_(std::move(state)) {}

  std::shared_ptr<detail::StopState> state_;
};

// Thread-safe.
class StopSource {
 public:
  StopSource();
  [[nodiscard]] StopToken token() const { return StopToken(state_); }
  void request_stop();

 private:
  std::shared_ptr<detail::StopState> state_;
};

class Wakeup {
 public:
  // Without a waiter it ends the next wait at once. Thread-safe.
  void notify();
  // Returns when notified, stopped, or after `limit`, whichever is first. One waiter at a time.
  // True when it was notified or stopped, false when the time was up.
  bool wait(Duration limit, const StopToken& stop);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool notified_ = false;
};

}  // namespace certconnector
