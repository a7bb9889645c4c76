// Extends the leases of unfinished jobs before they end. One loop.
//
// Jobs of a CA that this agent does not serve any more (removed from the configuration, or its key
// cannot be read) are let go: their leases run out, and the endpoint hands them to an agent that
// serves the CA. Except those that the CA may have taken already: elsewhere they might be done
// twice.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/authorities.h"
#include "agent/core/endpoint_health.h"
#include "agent/core/gate.h"
#include "agent/core/lease_check.h"
#include "agent/core/storage_guard.h"

namespace certconnector::core {

class LeaseKeeper {
 public:
  LeaseKeeper(ManagementEndpoint& endpoint, JobStore& store, const Authorities& authorities,
              Gate& gate, StorageGuard& storage, EndpointHealth& health, const Clock& clock,
              RetryPolicy retry, RandomSource& random, log::Logger& logger, LeaseSettings settings);

  // Extends every such lease with less than half its time left; to be called again after a quarter
  // of it.
  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] std::vector<CaFingerprint> served() const;
  // A duration: it could not be done, and that long is to be waited.
  [[nodiscard]] std::optional<Duration> extend(const std::vector<LeaseHolding>& ending,
                                               const StopToken& stop);
  [[nodiscard]] std::optional<Duration> note(const std::vector<LeaseHolding>& ending,
                                             const std::vector<LeaseStanding>& standings);
  [[nodiscard]] Duration failed(const Error& error);
  [[nodiscard]] Duration store_failed(const Error& error);

  ManagementEndpoint& endpoint_;
  JobStore& store_;
  const Authorities& authorities_;
  Gate& gate_;
  StorageGuard& storage_;
  EndpointHealth& health_;
  const Clock& clock_;
  Backoff backoff_;
  log::Logger& logger_;
  Timestamp not_before_;  // a notification does not shorten a backoff
  LeaseSettings settings_;
};

}  // namespace certconnector::core
