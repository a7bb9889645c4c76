// The heartbeat: tells the endpoint how the agent and its CAs are. Never waits for a CA. One loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/jobs/ca_registry.h"
#include "agent/upstream/upstream_session.h"

namespace certconnector::upstream {

struct HeartbeatSettings {
  std::string version;
  Duration interval{60000};
};

class HeartbeatLoop {
 public:
  // `session` has the role of the sink. `identity_not_after` is asked at each beat, on the loop's
  // thread.
  HeartbeatLoop(const UpstreamSession& session, core::JobStore& store, jobs::CaRegistry& cas,
                HeartbeatSettings settings,
                std::function<std::optional<Timestamp>()> identity_not_after);

  Duration step(const StopToken& stop);

 private:
  [[nodiscard]] core::Heartbeat heartbeat();

  const UpstreamSession& session_;
  core::HeartbeatSink& sink_;
  core::JobStore& store_;
  jobs::CaRegistry& cas_;
  EndpointPace pace_;
  HeartbeatSettings settings_;
  std::function<std::optional<Timestamp>()> identity_not_after_;
};

}  // namespace certconnector::upstream
