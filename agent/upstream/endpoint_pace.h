// How long a loop that calls a cloud waits after a failure, of the cloud or of the store. Each loop
// has one and uses it on its own thread; the health behind it is the whole session's.
//
//   what failed                        the wait                          what ends it early
//   the cloud                          backoff, or its Retry-After       nothing
//   the store, which closes the mode   until the store works again       the change of the mode
//   the store otherwise                backoff                           nothing
#pragma once

#include <optional>

#include "agent/jobs/operating_mode.h"
#include "agent/jobs/storage_guard.h"
#include "agent/upstream/endpoint_health.h"
#include "common/runtime/retry_policy.h"

namespace certconnector::upstream {

class EndpointPace {
 public:
  // All but `backoff` outlive it.
  EndpointPace(EndpointHealth& health, jobs::StorageGuard& storage,
               const jobs::OperatingMode& operating_mode, const Clock& clock,
               runtime::Backoff backoff);

  // How long the loop has to wait still; nothing: it may go on. A notification does not shorten it.
  [[nodiscard]] std::optional<Duration> waits() const;

  // The cloud has answered.
  void succeeded();
  // The cloud has not, or not well. Waits `at_least` so long.
  Duration failed(const Error& error, Duration at_least = Duration(0));
  Duration store_failed(const Error& error);
  // Something else failed that says nothing of cloud or store.
  Duration back_off(std::optional<Duration> retry_after, Duration at_least = Duration(0));
  // The failed call has succeeded.
  void recovered() { backoff_.succeeded(); }

 private:
  EndpointHealth& health_;
  jobs::StorageGuard& storage_;
  const jobs::OperatingMode& operating_mode_;
  const Clock& clock_;
  runtime::Backoff backoff_;
  Timestamp not_before_;
};

}  // namespace certconnector::upstream
