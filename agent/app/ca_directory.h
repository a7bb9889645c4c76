// The CAs that the agent serves now, for the SCEP services.
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
};

}  // namespace certconnector::app
