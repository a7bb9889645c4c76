#include "common/runtime/retry_policy.h"

#include <algorithm>
#include <cmath>

namespace certconnector::runtime {
namespace {

constexpr Duration kLongestRetryAfter = std::chrono::hours(24);

}  // namespace

Duration RetryPolicy::next(Duration previous, std::optional<Duration> retry_after,
                           RandomSource& random) const {
  const Duration from = std::min(previous, cap);
  const Duration top = std::max(base, from * 3);
  const double span = static_cast<double>((top - base).count());
  const Duration drawn = base + Duration(std::llround(span * random.unit()));
  const Duration wait = std::min(drawn, cap);
  if (!retry_after) return wait;
  return std::max(wait, std::min(*retry_after, kLongestRetryAfter));
}

}  // namespace certconnector::runtime
