// Health as the CLI, the heartbeat and the supervisor see it: a list of findings, each with its
// code and its remedy.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/core/finding_codes.h"

namespace certconnector::core {

struct HealthFinding {
  const FindingCode* code = &finding::kOk;  // never null; static
  // "identity", "endpoint", "queue", "lineages", "folders", "ca.<name>", "crl.<name>"
  std::string component;
  std::string message;  // what is so
  std::string remedy;   // what to do next; empty when ok

  [[nodiscard]] HealthLevel level() const { return code->level; }
};

[[nodiscard]] inline HealthFinding found(const FindingCode& code, std::string component,
                                         std::string message, std::string remedy) {
  return {&code, std::move(component), std::move(message), std::move(remedy)};
}

[[nodiscard]] inline HealthFinding all_is_well(std::string component, std::string message) {
  return {&finding::kOk, std::move(component), std::move(message), {}};
}

[[nodiscard]] inline HealthLevel worst(const std::vector<HealthFinding>& findings) {
  HealthLevel level = HealthLevel::ok;
  for (const auto& finding : findings) {
    level = level < finding.level() ? finding.level() : level;
  }
  return level;
}

}  // namespace certconnector::core
