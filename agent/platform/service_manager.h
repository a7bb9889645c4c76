// Messages to the service manager, sd_notify(3), without libsystemd. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::platform {

class ServiceManager {
 public:
  // From NOTIFY_SOCKET (a path, or "@name" for the abstract namespace), WATCHDOG_USEC and
  // WATCHDOG_PID. Without them every message is dropped in silence. Removes the variables, so that
  // no child process sees them.
  [[nodiscard]] static ServiceManager from_environment();
  ServiceManager(std::string socket, std::optional<Duration> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  void ready(std::string_view status) const;
  void status(std::string_view status) const;
  void reloading() const;
  void stopping() const;
  void alive() const;  // the watchdog's ping
  // Asks for more time to stop, from now on.
  void extend_timeout(Duration more) const;

  // How long the service manager waits for alive(); nothing when it does not watch.
  [[nodiscard]] std::optional<Duration> watchdog_interval() const { return watchdog_; }
  [[nodiscard]] bool present() const { return !socket_.empty(); }

 private:
  void send(const std::string& message) const;

  std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace certconnector::platform
