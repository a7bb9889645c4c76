#include "agent/upstream/endpoint_health.h"

namespace certconnector::upstream {

void EndpointHealth::succeeded() {
  bool recovered = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    recovered = asked_ && !standing_.reachable;
    asked_ = true;
    standing_ = EndpointStanding{true, false, clock_.wall(), {}};
  }
  if (recovered) logger_.info("endpoint.reachable", "The management endpoint answers again.");
}

void EndpointHealth::failed(const Error& error) {
  bool changed = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool denied = error.kind() == ErrorKind::denied;
    changed = !asked_ || standing_.reachable || standing_.denied != denied;
    asked_ = true;
    standing_.reachable = false;
    standing_.denied = denied;
    standing_.last_error = error.message();
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
    return core::found(
        core::finding::kEndpointDenies, "endpoint",
        "The management endpoint is closed to this agent: " + standing_.last_error,
        "Ask the administrator of the endpoint (or of the proxy that is named) what changed. An "
        "agent that was revoked needs a new token (certconnector enroll -), or another "
        "certificate where it brought its own along");
  }
  return core::found(
      core::finding::kEndpointFails, "endpoint",
      "The management endpoint cannot be used: " + standing_.last_error,
      "Check the network, the proxy and the endpoint's address: certconnector config show");
}

}  // namespace certconnector::upstream
