// Receives the outcomes of jobs at once, beside the readers of the store.
#pragma once

#include <vector>

#include "agent/core/ports/job_store.h"

namespace certconnector::core {

// Called from the threads that settle and report, after the store has it; must not block.
class OutcomeListener {
 public:
  virtual ~OutcomeListener() = default;
  virtual void settled(const std::vector<Settlement>& settlements) = 0;
  virtual void acknowledged(const std::vector<ReportAcknowledgement>& acknowledgements) = 0;
};

}  // namespace certconnector::core
