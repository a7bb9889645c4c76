// The roles of one cloud. A role that a cloud lacks is null, and the loops of that role do not run.
#pragma once

#include <type_traits>

#include "agent/core/ports/challenge_validator.h"
#include "agent/core/ports/credential.h"
#include "agent/core/ports/heartbeat_sink.h"
#include "agent/core/ports/job_feed.h"
#include "agent/core/ports/result_sink.h"

namespace certconnector::upstream {

// Owns nothing.
struct CloudRoles {
  core::JobFeed* feed = nullptr;
  core::ResultSink* results = nullptr;
  core::ChallengeValidator* challenges = nullptr;
  core::HeartbeatSink* heartbeats = nullptr;
  core::Credential* credential = nullptr;
};

template <typename Role, typename Cloud>
[[nodiscard]] Role* role_of(Cloud& cloud) {
  if constexpr (std::is_base_of_v<Role, Cloud>) {
    return &cloud;
  } else {
    return nullptr;
  }
}

// The roles that the cloud's class implements.
template <typename Cloud>
[[nodiscard]] CloudRoles roles_of(Cloud& cloud) {
  return {role_of<core::JobFeed>(cloud), role_of<core::ResultSink>(cloud),
          role_of<core::ChallengeValidator>(cloud), role_of<core::HeartbeatSink>(cloud),
          role_of<core::Credential>(cloud)};
}

}  // namespace certconnector::upstream
