// One agent for one state folder.
#pragma once

#include <memory>
#include <string>

#include "common/result/result.h"

namespace certconnector::platform {

// Held until destruction; the system drops it when the process dies, however it dies.
class InstanceLock {
 public:
  virtual ~InstanceLock() = default;

  // Errors: busy (transient; the message has the other's process id), too_open (others may write
  // the folder), not_permitted (with the command that mends it), input_output.
  [[nodiscard]] static Result<std::unique_ptr<InstanceLock>> take(const std::string& folder);
  // The file that is locked.
  [[nodiscard]] static std::string file_of(const std::string& folder);
  // Whether another process has it. False where this process may not look.
  [[nodiscard]] static bool is_taken_by_another(const std::string& folder);
};

}  // namespace certconnector::platform
