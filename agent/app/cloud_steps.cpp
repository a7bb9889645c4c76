#include "agent/app/cloud_steps.h"

#include <algorithm>
#include <utility>

#include "agent/app/version.h"

namespace certconnector::app {
namespace {

upstream::PollerSettings poller_settings(const config::Settings& s) {
  upstream::PollerSettings settings;
  settings.max_jobs = s.management.lease_max_jobs;
  settings.high_water = s.queue.high_water;
  settings.wait = s.management.poll_wait;
  settings.lease = s.management.lease;
  return settings;
}

}  // namespace

CloudSteps::CloudSteps(upstream::UpstreamSession of, const config::Settings& settings,
                       const CloudStepsParts& parts)
    : session(std::move(of)) {
  const upstream::CloudRoles& roles = session.roles;
  if (roles.feed != nullptr) {
    poller = std::make_unique<upstream::Poller>(session, parts.store, parts.scheduler, parts.cas,
                                                parts.intake, poller_settings(settings));
    lease_keeper = std::make_unique<upstream::LeaseKeeper>(session, parts.store, parts.cas,
                                                           lease_settings(settings));
  }
  if (roles.results != nullptr) {
    reporter = std::make_unique<upstream::Reporter>(session, parts.store, parts.intake, parts.cas,
                                                    &parts.outcomes);
  }
  if (roles.heartbeats != nullptr) {
    heartbeat = std::make_unique<upstream::HeartbeatLoop>(
        session, parts.store, parts.cas,
        upstream::HeartbeatSettings{kVersion, settings.management.heartbeat},
        [&identity = parts.identity] { return identity.not_after(); });
  }
}

std::vector<upstream::UpstreamSession> configured(std::vector<upstream::UpstreamSession> sessions,
                                                  const config::Settings& settings) {
  for (upstream::UpstreamSession& session : sessions) {
    session.retry = {settings.retry.base, settings.retry.cap};
  }
  if (sessions.size() == 1) sessions.front().share.cloud = settings.management.name;
  return sessions;
}

upstream::LeaseSettings lease_settings(const config::Settings& s) {
  upstream::LeaseSettings settings;
  settings.lease = s.management.lease;
  // Otherwise the agent would extend a short lease before every submission.
  settings.margin = std::min(settings.margin, s.management.lease / 3);
  return settings;
}

}  // namespace certconnector::app
