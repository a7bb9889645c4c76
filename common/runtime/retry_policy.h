// How long to wait before the next attempt: decorrelated jitter, which spreads the clients of a
// service that comes back better than doubling does. A value; the random source is passed in.
#pragma once

#include <optional>

#include "common/runtime/random_source.h"
#include "common/time/clock.h"

namespace certconnector::runtime {

struct RetryPolicy {
  Duration base{2000};
  Duration cap{900000};

  // Uniform between base and three times `previous` (0: the first failure), at most cap. Never less
  // than `retry_after`, which is believed up to one day.
  [[nodiscard]] Duration next(Duration previous, std::optional<Duration> retry_after,
                              RandomSource& random) const;
};

// The waits of one thing that fails and recovers: an endpoint, a store. Not thread-safe.
class Backoff {
 public:
  Backoff(RetryPolicy policy, RandomSource& random) : policy_(policy), random_(random) {}

  Duration failed(std::optional<Duration> retry_after = std::nullopt) {
    last_ = policy_.next(last_, retry_after, random_);
    return last_;
  }
  void succeeded() { last_ = Duration(0); }
  [[nodiscard]] bool failing() const { return last_ > Duration(0); }

 private:
  RetryPolicy policy_;
  RandomSource& random_;
  Duration last_{0};
};

}  // namespace certconnector::runtime
