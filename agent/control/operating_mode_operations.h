// The port through which the control server pauses the agent and vouches for its clock. agent/app
// implements it. Called from the control server's threads; thread-safe.
#pragma once

#include "common/result/result.h"

namespace certconnector::control {

class OperatingModeOperations {
 public:
  virtual ~OperatingModeOperations() = default;

  // No new leases, no new submissions; what runs is finished. Survives a restart.
  virtual Status pause() = 0;
  virtual Status resume() = 0;
  // No new leases; finishes what is queued. Ends with resume or a restart.
  virtual Status drain() = 0;
  // A person says that the machine's clock is right, whatever is stored or the endpoint says.
  virtual Status accept_clock() = 0;
};

}  // namespace certconnector::control
