// Health as the CLI, the heartbeat and the supervisor see it: a list of findings, each with its
// remedy.
#pragma once

#include <string>
#include <vector>

namespace certconnector::core {

enum class HealthLevel { ok = 0, degraded = 1, down = 2 };

struct HealthFinding {
  // "identity", "endpoint", "queue", "lineages", "folders", "ca.<name>", "crl.<name>"
  std::string component;
  HealthLevel level = HealthLevel::ok;
  std::string message;  // what is so
  std::string remedy;   // what to do next; empty when ok
};

[[nodiscard]] inline HealthLevel worst(const std::vector<HealthFinding>& findings) {
  HealthLevel level = HealthLevel::ok;
  for (const auto& finding : findings) level = level < finding.level ? finding.level : level;
  return level;
}

}  // namespace certconnector::core
