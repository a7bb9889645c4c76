#include "agent/core/heart.h"

#include <algorithm>
#include <utility>

#include "agent/core/loop_thread.h"

namespace certconnector::core {

QueueTotals queue_totals(const std::vector<JobCount>& counts) {
  QueueTotals totals;
  for (const JobCount& count : counts) {
    switch (count.state) {
      case JobState::queued:
      case JobState::running:
        totals.active += count.count;
        totals.unfinished += count.count;
        break;
      case JobState::waiting:
      case JobState::held:
        totals.unfinished += count.count;
        break;
      case JobState::succeeded:
      case JobState::failed:
      case JobState::dead:
        totals.unreported += count.count;
        break;
      case JobState::canceled:
      case JobState::reported:
        break;
    }
  }
  return totals;
}

Heart::Heart(ManagementEndpoint& endpoint, JobStore& store, Authorities& authorities, Gate& gate,
             EndpointHealth& health, const Clock& clock, RetryPolicy retry, RandomSource& random,
             log::Logger& logger, HeartSettings settings,
             std::function<std::optional<Timestamp>()> identity_not_after)
    : endpoint_(endpoint),
      store_(store),
      authorities_(authorities),
      gate_(gate),
      health_(health),
      clock_(clock),
      backoff_(retry, random),
      logger_(logger),
      settings_(std::move(settings)),
      identity_not_after_(std::move(identity_not_after)) {}

Duration Heart::step(const StopToken& stop) {
  if (const Timestamp now = clock_.now(); now < not_before_) return not_before_ - now;
  authorities_.check_all();
  if (gate_.state() == WorkState::not_enrolled) return settings_.interval;
  const Status status = endpoint_.heartbeat(heartbeat(), stop);
  if (status.ok()) {
    health_.succeeded();
    backoff_.succeeded();
    return settings_.interval;
  }
  if (stop.stop_requested()) return kIdle;
  health_.failed(status.error());
  const Duration wait = std::max(settings_.interval, backoff_.failed(status.error().retry_after()));
  not_before_ = clock_.now() + wait;
  return wait;
}

Heartbeat Heart::heartbeat() {
  Heartbeat beat;
  beat.version = settings_.version;
  beat.state = to_string(gate_.state());
  beat.identity_not_after = identity_not_after_();
  const auto counts = store_.counts();
  if (counts.ok()) {
    const QueueTotals totals = queue_totals(*counts);
    beat.queue_depth = totals.unfinished;
    beat.unreported = totals.unreported;
  } else {
    logger_.debug("heartbeat.counts", counts.error().message());
  }
  for (const IssuerRef& issuer : authorities_.all()) {
    const AuthorityDescription& description = issuer->description;
    IssuerHealth health = authorities_.health(description.fingerprint);
    beat.authorities.push_back({description.fingerprint, description.name, health.healthy,
                                std::move(health.message), description.not_after});
  }
  return beat;
}

}  // namespace certconnector::core
