// How long a call to something outside may take.
#pragma once

#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::core {

// The callee gives up at `deadline`, and soon after `stop` was requested, whichever comes first. A
// default context never ends a call.
struct CallContext {
  Timestamp deadline = Timestamp::max();  // Clock::now()
  StopToken stop;
};

}  // namespace certconnector::core
