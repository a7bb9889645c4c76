// One cloud as its loops see it: its share of the jobs, its roles, how it answers, and what every
// loop works with. A value; what it refers to outlives the loops.
#pragma once

#include "agent/core/cloud_share.h"
#include "agent/core/ports/crash_points.h"
#include "agent/upstream/cloud_roles.h"
#include "agent/upstream/endpoint_pace.h"

namespace certconnector::upstream {

struct UpstreamSession {
  core::CloudShare share;  // share.cloud is the cloud's name
  CloudRoles roles;
  EndpointHealth& health;
  jobs::OperatingMode& operating_mode;
  jobs::StorageGuard& storage;
  core::CrashPoints& crash_points;
  const Clock& clock;
  runtime::RandomSource& random;
  log::Logger& logger;
  runtime::RetryPolicy retry = {};

  // For one loop.
  [[nodiscard]] EndpointPace pace() const {
    return {health, storage, operating_mode, clock, runtime::Backoff(retry, random)};
  }
};

}  // namespace certconnector::upstream
