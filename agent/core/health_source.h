// A part of the agent that knows findings about itself.
#pragma once

#include <vector>

#include "agent/core/health.h"
#include "common/time/clock.h"

namespace certconnector::core {

// Thread-safe.
class HealthSource {
 public:
  virtual ~HealthSource() = default;

  // From memory. `wall` is the wall clock's.
  [[nodiscard]] virtual std::vector<HealthFinding> findings(Timestamp wall) = 0;
  // Looks anew at what may have changed outside the agent. Returns within seconds.
  virtual void look() {}
};

}  // namespace certconnector::core
