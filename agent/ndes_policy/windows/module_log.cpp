#include "agent/ndes_policy/windows/module_log.h"

#include <utility>

#include "agent/platform/windows/event_log.h"
#include "common/log/spdlog_logger.h"

namespace certconnector::ndes_policy {
namespace {

constexpr std::uint16_t kEvent = 200;

// Owns the source of events, which outlives the logger that writes to it.
class ModuleLog final : public log::Logger {
 public:
  explicit ModuleLog(const std::string& file) : events_(kModuleEventSource) {
    log::LogOptions options;
    options.file = file;
    options.beside = [this](log::Level level, std::string_view, const std::string& line) {
      if (level == log::Level::warning) events_.report(platform::EventKind::warning, kEvent, line);
      if (level == log::Level::error) events_.report(platform::EventKind::error, kEvent, line);
    };
    auto opened = log::make_logger(options);
    if (opened.ok()) {
      log_ = std::move(*opened);
      return;
    }
    events_.report(platform::EventKind::error, kEvent,
                   "The policy module has no log file: " + opened.error().message());
    // A process of IIS has no standard error: what is written there is gone.
    options.file.clear();
    auto without_file = log::make_logger(options);
    if (without_file.ok()) log_ = std::move(*without_file);
  }

  [[nodiscard]] bool enabled(log::Level level) const override {
    return log_ != nullptr && log_->enabled(level);
  }
  void write(log::Level level, std::string_view event, std::string_view message,
             log::Fields fields) override {
    if (log_ != nullptr) log_->write(level, event, message, fields);
  }

 private:
  const platform::EventLog events_;
  std::unique_ptr<log::Logger> log_;
};

}  // namespace

std::unique_ptr<log::Logger> make_module_log(const std::string& file) {
  return std::make_unique<ModuleLog>(file);
}

}  // namespace certconnector::ndes_policy
