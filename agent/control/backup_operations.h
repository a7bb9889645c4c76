// The port through which the control server has a backup made. agent/app implements it. Called
// from the control server's threads; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "common/result/result.h"

namespace certconnector::control {

struct BackupProgress {
  std::string step;  // empty: no backup is under way
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: not known
};

class BackupOperations {
 public:
  virtual ~BackupOperations() = default;

  // Makes a consistent copy of queue, certificate store and CA keys in a new folder (0700), while
  // the agent runs.
  virtual Status backup(const std::string& folder) = 0;
  virtual BackupProgress progress() = 0;
};

}  // namespace certconnector::control
