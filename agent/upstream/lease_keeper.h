// Extends the leases of unfinished jobs before they end. One loop.
//
// Jobs of a CA that this agent does not serve any more (removed from the configuration, or its key
// cannot be read) are let go: their leases run out, and the endpoint hands them to an agent that
// serves the CA. Except those that the CA may have taken already: elsewhere they might be done
// twice.
#pragma once

#include <optional>
#include <vector>

#include "agent/jobs/ca_registry.h"
#include "agent/jobs/operating_mode.h"
#include "agent/jobs/storage_guard.h"
#include "agent/upstream/endpoint_health.h"
#include "agent/upstream/lease_check.h"

namespace certconnector::upstream {

class LeaseKeeper {
 public:
  LeaseKeeper(core::ManagementEndpoint& endpoint, core::JobStore& store,
              const jobs::CaRegistry& authorities, jobs::OperatingMode& operating_mode,
              jobs::StorageGuard& storage, EndpointHealth& health, const Clock& clock,
              runtime::RetryPolicy retry, runtime::RandomSource& random, log::Logger& logger,
              LeaseSettings settings);

  // Extends every such lease with less than half its time left; to be called again after a quarter
  // of it.
  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] std::vector<core::CaFingerprint> served() const;
  // A duration: it could not be done, and that long is to be waited.
  [[nodiscard]] std::optional<Duration> extend(const std::vector<core::LeaseHolding>& ending,
                                               const StopToken& stop);
  [[nodiscard]] std::optional<Duration> note(const std::vector<core::LeaseHolding>& ending,
                                             const std::vector<core::LeaseStanding>& standings);
  [[nodiscard]] Duration failed(const Error& error);
  [[nodiscard]] Duration store_failed(const Error& error);

  core::ManagementEndpoint& endpoint_;
  core::JobStore& store_;
  const jobs::CaRegistry& cas_;
  jobs::OperatingMode& operating_mode_;
  jobs::StorageGuard& storage_;
  EndpointHealth& health_;
  const Clock& clock_;
  runtime::Backoff backoff_;
  log::Logger& logger_;
  Timestamp not_before_;  // a notification does not shorten a backoff
  LeaseSettings settings_;
};

}  // namespace certconnector::upstream
