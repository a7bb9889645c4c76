// The port through which the control server has a backup made. agent/app implements it. Called
// from the control server's threads; thread-safe.
#pragma once

#include <string>

#include "common/result/result.h"

namespace certconnector::control {

class BackupOperations {
 public:
  virtual ~BackupOperations() = default;

  // Makes a consistent copy of queue, certificate store and CA keys in a new folder (0700), while
  // the agent runs.
  virtual Status backup(const std::string& folder) = 0;
};

}  // namespace certconnector::control
