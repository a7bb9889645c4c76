// What SCEP services need of the agent: which CAs it serves now, and to be heard when they have
// stored jobs.
#pragma once

#include <string>

#include "agent/jobs/ca_registry.h"

namespace certconnector::app {

// Thread-safe.
class CaDirectory {
 public:
  virtual ~CaDirectory() = default;
  // By the name of its section; null: not served now.
  virtual jobs::CaRef find_ca(const std::string& name) = 0;
  // `count` may be 0: something is to be reported.
  virtual void jobs_arrived(const core::CaFingerprint& ca, std::size_t count) = 0;
};

}  // namespace certconnector::app
