#include "common/runtime/circuit_breaker.h"

#include <algorithm>

namespace certconnector::runtime {

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
  }
  return "unknown";
}

BreakerState CircuitBreaker::state(Timestamp now) const {
  if (!open_until_) return BreakerState::closed;
  return now < *open_until_ ? BreakerState::open : BreakerState::half_open;
}

bool CircuitBreaker::allows(Timestamp now) const {
  switch (state(now)) {
    case BreakerState::closed:
      return true;
    case BreakerState::open:
      return false;
    case BreakerState::half_open:
      return !probing_;
  }
  return false;
}

void CircuitBreaker::started(Timestamp now) {
  if (state(now) == BreakerState::half_open) probing_ = true;
}

void CircuitBreaker::succeeded() {
  failures_in_a_row_ = 0;
  open_until_.reset();
  probing_ = false;
}

void CircuitBreaker::failed(Timestamp now, std::optional<Duration> retry_after) {
  const bool was_closed = state(now) == BreakerState::closed;
  probing_ = false;
  ++failures_in_a_row_;
  if (was_closed && !retry_after && failures_in_a_row_ < settings_.failures) return;
  open_until_ = now + std::max(settings_.open_for, retry_after.value_or(Duration(0)));
}

}  // namespace certconnector::runtime
