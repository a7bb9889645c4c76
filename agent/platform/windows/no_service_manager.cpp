#include "agent/platform/service_manager.h"

namespace certconnector::platform {
namespace {

// A program that a person has started in a console: nobody to tell.
class NoServiceManager final : public ServiceManager {
 public:
  void ready(std::string_view) const override {}
  void status(std::string_view) const override {}
  void reloading() const override {}
  void stopping() const override {}
  void alive() const override {}
  void extend_timeout(Duration) const override {}
  void ended(int) const override {}
  [[nodiscard]] std::optional<Duration> watchdog_interval() const override { return std::nullopt; }
  [[nodiscard]] bool present() const override { return false; }
};

}  // namespace

std::unique_ptr<ServiceManager> service_manager() { return std::make_unique<NoServiceManager>(); }

}  // namespace certconnector::platform
