#include "agent/upstream/endpoint_health.h"

#include <algorithm>

namespace certconnector::upstream {

void EndpointHealth::succeeded() {
  bool recovered = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    recovered = asked_ && !standing_.reachable;
    asked_ = true;
    standing_ = EndpointStanding{true, false, clock_.wall(), {}, {}};
    logged_.clear();
  }
  if (recovered) logger_.info("endpoint.reachable", "The management endpoint answers again.");
}

void EndpointHealth::failed(const Error& error) {
  bool changed = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool denied = error.kind() == ErrorKind::denied;
    const std::pair cause(error.code().name, error.kind());
    changed = std::find(logged_.begin(), logged_.end(), cause) == logged_.end();
    if (changed) logged_.push_back(cause);
    asked_ = true;
    standing_.reachable = false;
    standing_.denied = denied;
    standing_.last_error = error.message();
    standing_.remedy = error.code().remedy;
  }
  const log::Fields fields = {{"code", error.code().name}, {"kind", to_string(error.kind())}};
  if (changed) {
    logger_.warning(
        "endpoint.failed",
        "The management endpoint cannot be used; it is tried again by itself: " + error.message(),
        fields);
  } else {
    logger_.debug("endpoint.failed", error.message(), fields);
  }
}

EndpointStanding EndpointHealth::standing() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return standing_;
}

core::HealthFinding EndpointHealth::finding() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!asked_) return core::all_is_well("endpoint", "Not asked yet.");
  if (standing_.reachable) return core::all_is_well("endpoint", "Reachable.");
  if (standing_.denied) {
    return core::found(core::finding::kEndpointDenies, "endpoint",
                       "The management endpoint is closed to this agent: " + standing_.last_error,
                       standing_.remedy.empty() ? "Ask the endpoint's administrator what changed. "
                                                  "An agent that was revoked needs a new "
                                                  "token (certconnector enroll -), or another "
                                                  "certificate where it brought its own along"
                                                : std::string(standing_.remedy));
  }
  return core::found(core::finding::kEndpointFails, "endpoint",
                     "The management endpoint cannot be used: " + standing_.last_error,
                     standing_.remedy.empty()
                         ? "Ask the endpoint's administrator; the agent tries again by itself"
                         : std::string(standing_.remedy));
}

}  // namespace certconnector::upstream
