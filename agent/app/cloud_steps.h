// The steps of the loops for one cloud's session, under one configuration.
#pragma once

#include <memory>
#include <vector>

#include "agent/config/settings.h"
#include "agent/core/outcome_listener.h"
#include "agent/upstream/heartbeat_loop.h"
#include "agent/upstream/identity.h"
#include "agent/upstream/lease_keeper.h"
#include "agent/upstream/poller.h"
#include "agent/upstream/reporter.h"

namespace certconnector::app {

// The parts of the steps beside their session; all outlive them.
struct CloudStepsParts {
  core::JobStore& store;
  jobs::JobIntake& intake;
  jobs::Scheduler& scheduler;
  jobs::CaRegistry& cas;
  core::OutcomeListener& outcomes;
  const upstream::IdentityKeeper& identity;
};

// A step is null where the cloud lacks the role. Stays where it was made: the steps refer to it.
struct CloudSteps {
  CloudSteps(upstream::UpstreamSession of, const config::Settings& settings,
             const CloudStepsParts& parts);
  CloudSteps(const CloudSteps&) = delete;
  CloudSteps& operator=(const CloudSteps&) = delete;

  const upstream::UpstreamSession session;
  std::unique_ptr<upstream::Poller> poller;
  std::unique_ptr<upstream::LeaseKeeper> lease_keeper;
  std::unique_ptr<upstream::Reporter> reporter;
  std::unique_ptr<upstream::HeartbeatLoop> heartbeat;
};

// The sessions under these settings, which name one cloud.
[[nodiscard]] std::vector<upstream::UpstreamSession> configured(
    std::vector<upstream::UpstreamSession> sessions, const config::Settings& settings);

[[nodiscard]] upstream::LeaseSettings lease_settings(const config::Settings& settings);

}  // namespace certconnector::app
