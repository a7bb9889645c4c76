#include "agent/app/log_health.h"

#include <string>

namespace certconnector::app {

std::vector<core::HealthFinding> LogHealth::findings(Timestamp /*wall*/) {
  const std::string trouble = logger_.trouble();
  if (trouble.empty()) return {};
  return {core::found(core::finding::kLogFailing, "log",
                      "the log file cannot be written, and its lines are lost: " + trouble,
                      "make room, and the agent goes on by itself; or correct what the message "
                      "names, then run: certconnector reload")};
}

void LogHealth::look() {
  if (!logger_.trouble().empty()) logger_.try_again();
}

}  // namespace certconnector::app
