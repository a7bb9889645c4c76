// Messages to the service manager.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::platform {

// The port; thread-safe. Without a service manager every message is dropped in silence.
class ServiceManager {
 public:
  virtual ~ServiceManager() = default;

  virtual void ready(std::string_view status) const = 0;
  virtual void status(std::string_view status) const = 0;
  virtual void reloading() const = 0;
  virtual void stopping() const = 0;
  virtual void alive() const = 0;  // the watchdog's ping
  // Asks for more time to start or to stop, from now on.
  virtual void extend_timeout(Duration more) const = 0;
  // The process ends now, with this exit code: after this it tells nothing any more.
  virtual void ended(int exit_code) const = 0;

  // How long the service manager waits for alive(); nothing when it does not watch.
  [[nodiscard]] virtual std::optional<Duration> watchdog_interval() const = 0;
  [[nodiscard]] virtual bool present() const = 0;
};

// The one that has started this process. Takes what it left in the environment out of it, so that
// no child process sees that.
[[nodiscard]] std::unique_ptr<ServiceManager> service_manager();

}  // namespace certconnector::platform
