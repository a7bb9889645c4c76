// Health of the log: whether the agent can write its file.
#pragma once

#include <vector>

#include "agent/core/health_source.h"
#include "common/log/spdlog_logger.h"

namespace certconnector::app {

// Thread-safe. The logger outlives it.
class LogHealth final : public core::HealthSource {
 public:
  explicit LogHealth(log::SpdlogLogger& logger) : logger_(logger) {}

  std::vector<core::HealthFinding> findings(Timestamp wall) override;
  // Tries a line where the last one was lost.
  void look() override;

 private:
  log::SpdlogLogger& logger_;
};

}  // namespace certconnector::app
