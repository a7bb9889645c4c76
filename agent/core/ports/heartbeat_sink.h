// A role of a cloud: it wants to hear how the agent is. Calls, threads and errors as of JobFeed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/job.h"
#include "common/result/result.h"
#include "common/time/stop.h"

namespace certconnector::core {

struct CaHealthReport {
  CaFingerprint fingerprint;
  std::string name;
  bool healthy = true;
  std::string message;
  Timestamp not_after;
};
struct Heartbeat {
  std::string version;
  std::uint64_t queue_depth = 0;  // unfinished jobs
  std::uint64_t unreported = 0;
  std::string state;  // "working", "paused", "draining", "storage_full", "clock_wrong"
  std::vector<CaHealthReport> cas;
  std::optional<Timestamp> identity_not_after;
};

class HeartbeatSink {
 public:
  virtual ~HeartbeatSink() = default;

  virtual Status heartbeat(const Heartbeat& heartbeat, const StopToken& stop) = 0;
};

}  // namespace certconnector::core
