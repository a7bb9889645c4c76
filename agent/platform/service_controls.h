// Events from the service manager, or from a person with kill(1).
#pragma once

#include <memory>
#include <optional>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::platform {

enum class ServiceControl { stop, reload, wake };

class ServiceControls {
 public:
  virtual ~ServiceControls() = default;
  // The next event; nothing when `limit` passes first. One caller at a time.
  virtual std::optional<ServiceControl> next(Duration limit) = 0;
  // Makes next() return wake, or reload. From any thread.
  virtual void wake() = 0;
  virtual void reload() = 0;
};

// SIGTERM and SIGINT are stop, SIGHUP is reload; SIGPIPE is ignored. Make it before the first
// thread, since threads inherit that these signals are blocked.
[[nodiscard]] Result<std::unique_ptr<ServiceControls>> signal_controls();

}  // namespace certconnector::platform
