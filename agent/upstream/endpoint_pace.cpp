#include "agent/upstream/endpoint_pace.h"

#include <algorithm>

#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {

EndpointPace::EndpointPace(EndpointHealth& health, jobs::StorageGuard& storage,
                           const jobs::OperatingMode& operating_mode, const Clock& clock,
                           runtime::Backoff backoff)
    : health_(health),
      storage_(storage),
      operating_mode_(operating_mode),
      clock_(clock),
      backoff_(backoff) {}

std::optional<Duration> EndpointPace::waits() const {
  const Timestamp now = clock_.now();
  return now < not_before_ ? std::make_optional(not_before_ - now) : std::nullopt;
}

void EndpointPace::succeeded() {
  health_.succeeded();
  backoff_.succeeded();
}

Duration EndpointPace::failed(const Error& error, Duration at_least) {
  health_.failed(error);
  return back_off(error.retry_after(), at_least);
}

Duration EndpointPace::store_failed(const Error& error) {
  storage_.failed(error);
  if (operating_mode_.storage_is_failing()) return runtime::kIdle;
  return back_off(std::nullopt);
}

Duration EndpointPace::back_off(std::optional<Duration> retry_after, Duration at_least) {
  const Duration wait = std::max(at_least, backoff_.failed(retry_after));
  not_before_ = clock_.now() + wait;
  return wait;
}

}  // namespace certconnector::upstream
