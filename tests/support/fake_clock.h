// A clock that stands still until a test moves it.
#pragma once

#include <mutex>

#include "common/time/clock.h"

namespace certconnector::testing {

// Thread-safe.
class FakeClock final : public Clock {
 public:
  // 2026-01-01T00:00:00Z.
  static constexpr Timestamp kStart = Timestamp(std::chrono::seconds(1767225600));

  explicit FakeClock(Timestamp start = kStart) : wall_(start), now_(start) {}

  [[nodiscard]] Timestamp wall() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return wall_;
  }
  [[nodiscard]] Timestamp now() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }

  // Time passes: both clocks move.
  void advance(Duration by) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wall_ += by;
    now_ += by;
  }
  // Somebody sets the machine's clock, forward or back: now() does not notice.
  void jump_wall(Duration by) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wall_ += by;
  }

 private:
  mutable std::mutex mutex_;
  Timestamp wall_;
  Timestamp now_;
};

}  // namespace certconnector::testing
