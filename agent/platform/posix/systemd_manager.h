// systemd as the service manager: sd_notify(3), without libsystemd.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "agent/platform/service_manager.h"

namespace certconnector::platform {

class SystemdManager final : public ServiceManager {
 public:
  // From NOTIFY_SOCKET (a path, or "@name" for the abstract namespace), WATCHDOG_USEC and
  // WATCHDOG_PID, which it removes.
  [[nodiscard]] static SystemdManager from_environment();
  SystemdManager(std::string socket, std::optional<Duration> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  void ready(std::string_view status) const override;
  void status(std::string_view status) const override;
  void reloading() const override;
  void stopping() const override;
  void alive() const override;
  void extend_timeout(Duration more) const override;
  void ended(int) const override {}  // systemd waits for the process and sees its exit code
  [[nodiscard]] std::optional<Duration> watchdog_interval() const override { return watchdog_; }
  [[nodiscard]] bool present() const override { return !socket_.empty(); }

 private:
  void send(const std::string& message) const;

  std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace certconnector::platform
