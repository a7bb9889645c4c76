// The port through which the control server has the agent read its configuration again.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/core/health.h"
#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::control {

// So long does a reload() keep a person waiting.
inline constexpr Duration kLongestReload = std::chrono::minutes(2);

struct ReloadView {
  Timestamp at;
  bool taken = false;                             // false: the file is wrong, and nothing changed
  std::vector<std::string> changed;               // "[log] level": in use now
  std::vector<std::string> needs_restart;         // changed in the file; the old value is in use
  std::vector<std::string> refused;               // for a person: what is not in use, and why
  std::vector<core::HealthFinding> new_findings;  // what is wrong since this one, or one before
};

class ReloadOperations {
 public:
  virtual ~ReloadOperations() = default;

  // Blocks until it is done. Errors: the agent stops, or the reload takes longer than
  // kLongestReload.
  virtual Result<ReloadView> reload() = 0;
};

}  // namespace certconnector::control
