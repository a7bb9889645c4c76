// Hears what time it is elsewhere.
#pragma once

#include "common/time/clock.h"

namespace certconnector::core {

// Thread-safe.
class TimeWitness {
 public:
  virtual ~TimeWitness() = default;

  // A verified peer named this time in an answer that came just now. Must not block.
  virtual void saw_time(Timestamp theirs) = 0;
};

}  // namespace certconnector::core
