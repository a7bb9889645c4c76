// A time witness for tests in which nobody asks for the time.
#pragma once

#include "agent/core/ports/time_witness.h"

namespace certconnector::testing {

class NoWitness final : public core::TimeWitness {
 public:
  void saw_time(Timestamp /*theirs*/) override {}
};

}  // namespace certconnector::testing
