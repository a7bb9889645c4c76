// Extends the leases of one cloud's unfinished jobs before they end. One loop.
//
// Jobs of a CA that this agent does not serve any more (removed from the configuration, or its key
// cannot be read) are let go: their leases run out, and the endpoint hands them to an agent that
// serves the CA. Except those that the CA may have taken already: elsewhere they might be done
// twice.
#pragma once

#include <optional>
#include <vector>

#include "agent/jobs/ca_registry.h"
#include "agent/upstream/lease_check.h"
#include "agent/upstream/upstream_session.h"

namespace certconnector::upstream {

class LeaseKeeper {
 public:
  // `session` has the role of the feed.
  LeaseKeeper(const UpstreamSession& session, core::JobStore& store, const jobs::CaRegistry& cas,
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

  const UpstreamSession& session_;
  core::JobFeed& feed_;
  core::JobStore& store_;
  const jobs::CaRegistry& cas_;
  EndpointPace pace_;
  LeaseSettings settings_;
};

}  // namespace certconnector::upstream
