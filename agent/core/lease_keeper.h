// Extends the leases of unfinished jobs before they end. One loop.
#pragma once

#include "agent/core/endpoint_health.h"
#include "agent/core/gate.h"
#include "agent/core/lease_check.h"
#include "agent/core/storage_guard.h"

namespace certconnector::core {

class LeaseKeeper {
 public:
  LeaseKeeper(ManagementEndpoint& endpoint, JobStore& store, StorageGuard& storage,
              EndpointHealth& health, const Clock& clock, RetryPolicy retry, RandomSource& random,
              log::Logger& logger, LeaseSettings settings);

  // Extends every lease with less than half its time left; to be called again after a quarter of
  // it.
  Duration step(const StopToken& stop);

 private:
  ManagementEndpoint& endpoint_;
  JobStore& store_;
  StorageGuard& storage_;
  EndpointHealth& health_;
  const Clock& clock_;
  Backoff backoff_;
  log::Logger& logger_;
  LeaseSettings settings_;
};

}  // namespace certconnector::core
