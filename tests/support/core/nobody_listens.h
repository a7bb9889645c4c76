// An outcome listener for tests that wait for nothing.
#pragma once

#include <vector>

#include "agent/core/outcome_listener.h"

namespace certconnector::testing {

class NobodyListens final : public core::OutcomeListener {
 public:
  void settled(const std::vector<core::Settlement>&) override {}
  void acknowledged(const std::vector<core::ReportAcknowledgement>&) override {}
};

}  // namespace certconnector::testing
