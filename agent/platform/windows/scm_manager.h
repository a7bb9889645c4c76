// Windows' service control manager as the service manager.
#pragma once

#include <windows.h>

#include <functional>
#include <mutex>

#include "agent/platform/service_manager.h"

namespace certconnector::platform {

class ScmManager final : public ServiceManager {
 public:
  // As SetServiceStatus takes it; called one at a time.
  using Report = std::function<void(SERVICE_STATUS)>;
  explicit ScmManager(Report report) : report_(std::move(report)) {}

  // The first message, before the configuration is read.
  void starting() const;
  void ready(std::string_view status) const override;
  void status(std::string_view) const override {}  // it has no line for it
  void reloading() const override {}
  void stopping() const override;
  void alive() const override;
  void extend_timeout(Duration more) const override;
  // Another code than 0 is the service's own: `sc query` shows it.
  void ended(int exit_code) const override;
  // Tells the same once more.
  void repeat() const;

  [[nodiscard]] std::optional<Duration> watchdog_interval() const override { return std::nullopt; }
  [[nodiscard]] bool present() const override { return true; }

 private:
  void pending(DWORD state, Duration hint) const;

  Report report_;
  mutable std::mutex mutex_;
  mutable SERVICE_STATUS status_{SERVICE_WIN32_OWN_PROCESS, SERVICE_START_PENDING, 0, 0, 0, 0, 0};
};

}  // namespace certconnector::platform
