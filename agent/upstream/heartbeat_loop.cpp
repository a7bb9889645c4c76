#include "agent/upstream/heartbeat_loop.h"

#include <algorithm>
#include <utility>

#include "agent/jobs/queue_totals.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {

HeartbeatLoop::HeartbeatLoop(core::ManagementEndpoint& endpoint, core::JobStore& store,
                             jobs::CaRegistry& authorities, jobs::OperatingMode& operating_mode,
                             EndpointHealth& health, const Clock& clock, runtime::RetryPolicy retry,
                             runtime::RandomSource& random, log::Logger& logger,
                             HeartbeatSettings settings,
                             std::function<std::optional<Timestamp>()> identity_not_after)
    : endpoint_(endpoint),
      store_(store),
      cas_(authorities),
      operating_mode_(operating_mode),
      health_(health),
      clock_(clock),
      backoff_(retry, random),
      logger_(logger),
      settings_(std::move(settings)),
      identity_not_after_(std::move(identity_not_after)) {}

Duration HeartbeatLoop::step(const StopToken& stop) {
  if (const Timestamp now = clock_.now(); now < not_before_) return not_before_ - now;
  if (operating_mode_.state() == jobs::OperatingState::not_enrolled) return settings_.interval;
  const Status status = endpoint_.heartbeat(heartbeat(), stop);
  if (status.ok()) {
    health_.succeeded();
    backoff_.succeeded();
    return settings_.interval;
  }
  if (stop.stop_requested()) return runtime::kIdle;
  health_.failed(status.error());
  const Duration wait = std::max(settings_.interval, backoff_.failed(status.error().retry_after()));
  not_before_ = clock_.now() + wait;
  return wait;
}

core::Heartbeat HeartbeatLoop::heartbeat() {
  core::Heartbeat beat;
  beat.version = settings_.version;
  beat.state = jobs::to_string(operating_mode_.state());
  beat.identity_not_after = identity_not_after_();
  const auto counts = store_.counts();
  if (counts.ok()) {
    const jobs::QueueTotals totals = jobs::queue_totals(*counts);
    beat.queue_depth = totals.unfinished;
    beat.unreported = totals.unreported;
  } else {
    logger_.debug("heartbeat.counts", counts.error().message());
  }
  for (const jobs::CaRef& issuer : cas_.all()) {
    const core::CaDescription& description = issuer->description;
    jobs::CaHealth health = cas_.health(description.fingerprint, clock_.now());
    beat.authorities.push_back({description.fingerprint, description.name, health.healthy,
                                std::move(health.message), description.not_after});
  }
  return beat;
}

}  // namespace certconnector::upstream
