// How the calls to the management endpoint go: for status, health and one log line at each change
// and for each new cause of an outage. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/core/health.h"
#include "common/log/log.h"
#include "common/result/error.h"
#include "common/time/clock.h"

namespace certconnector::upstream {

struct EndpointStanding {
  bool reachable = false;                 // the last call succeeded
  bool denied = false;                    // the last call was refused: our identity is not accepted
  std::optional<Timestamp> last_success;  // Clock::wall()
  std::string last_error;                 // of the last failure since then; may be empty
  std::string_view remedy;                // of that failure's code; may be empty
};

class EndpointHealth {
 public:
  EndpointHealth(const Clock& clock, log::Logger& logger) : clock_(clock), logger_(logger) {}

  void succeeded();
  void failed(const Error& error);
  [[nodiscard]] EndpointStanding standing() const;
  // One finding, component "endpoint"; level ok when the last call succeeded.
  [[nodiscard]] core::HealthFinding finding() const;

 private:
  const Clock& clock_;
  log::Logger& logger_;
  mutable std::mutex mutex_;
  EndpointStanding standing_;
  bool asked_ = false;
  // Codes of this outage's failures.
  std::vector<std::pair<std::string_view, ErrorKind>> logged_;
};

}  // namespace certconnector::upstream
