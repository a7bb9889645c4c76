#include "agent/upstream/heartbeat_loop.h"

#include <utility>

#include "agent/jobs/queue_totals.h"
#include "common/runtime/loop_thread.h"

namespace certconnector::upstream {

HeartbeatLoop::HeartbeatLoop(const UpstreamSession& session, core::JobStore& store,
                             jobs::CaRegistry& cas, HeartbeatSettings settings,
                             std::function<std::optional<Timestamp>()> identity_not_after)
    : session_(session),
      sink_(*session.roles.heartbeats),
      store_(store),
      cas_(cas),
      pace_(session.pace()),
      settings_(std::move(settings)),
      identity_not_after_(std::move(identity_not_after)) {}

Duration HeartbeatLoop::step(const StopToken& stop) {
  if (const auto wait = pace_.waits()) return *wait;
  if (session_.operating_mode.state() == jobs::OperatingState::not_enrolled) {
    return settings_.interval;
  }
  const Status status = sink_.heartbeat(heartbeat(), stop);
  if (status.ok()) {
    pace_.succeeded();
    return settings_.interval;
  }
  if (stop.stop_requested()) return runtime::kIdle;
  return pace_.failed(status.error(), settings_.interval);
}

core::Heartbeat HeartbeatLoop::heartbeat() {
  core::Heartbeat beat;
  beat.version = settings_.version;
  beat.state = jobs::to_string(session_.operating_mode.state());
  beat.identity_not_after = identity_not_after_();
  const auto counts = store_.counts();
  if (counts.ok()) {
    const jobs::QueueTotals totals = jobs::queue_totals(*counts);
    beat.queue_depth = totals.unfinished;
    beat.unreported = totals.unreported;
  } else {
    session_.logger.debug("heartbeat.counts", counts.error().message());
  }
  for (const jobs::CaRef& handle : cas_.all()) {
    const core::CaDescription& description = handle->description;
    jobs::CaHealth health = cas_.health(description.fingerprint, session_.clock.now());
    beat.cas.push_back({description.fingerprint, description.name, health.healthy,
                        std::move(health.message), description.not_after});
  }
  return beat;
}

}  // namespace certconnector::upstream
