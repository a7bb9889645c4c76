// Circuit breaker: after `failures` consecutive errors the agent stops calling a CA for `open_for`.
// Closed: calls may start. Open: none may. Half-open: one probe may. Pure over the timestamps of
// its callers, which are Clock::now() times. Not thread-safe: the scheduler guards it.
#pragma once

#include <optional>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::runtime {

struct BreakerSettings {
  int failures = 5;  // consecutive, until it opens
  Duration open_for{30000};
};

enum class BreakerState { closed, open, half_open };
[[nodiscard]] std::string_view to_string(BreakerState state);  // "closed", "open", "half_open"

class CircuitBreaker {
 public:
  explicit CircuitBreaker(BreakerSettings settings) : settings_(settings) {}

  [[nodiscard]] BreakerState state(Timestamp now) const;
  // Whether a call may start now. In half-open state only one, until the caller reports its end.
  [[nodiscard]] bool allows(Timestamp now) const;
  // When the next call may start; only while it does not allow one and no probe runs.
  [[nodiscard]] std::optional<Timestamp> opens_until() const { return open_until_; }

  void started(Timestamp now);
  void succeeded();
  // With `retry_after` it opens at once, for that long at least: the CA itself asked for the wait.
  void failed(Timestamp now, std::optional<Duration> retry_after);
  // The call ended without a word about the CA's health: it was not made.
  void abandoned() { probing_ = false; }

 private:
  BreakerSettings settings_;
  int failures_in_a_row_ = 0;
  std::optional<Timestamp> open_until_;
  bool probing_ = false;
};

}  // namespace certconnector::runtime
