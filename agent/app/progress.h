// How far a step is that may take minutes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/result/result.h"
#include "common/time/clock.h"

namespace certconnector::app {

struct StepProgress {
  std::string step;         // "reading agent.db"
  std::uint64_t done = 0;   // octets, pages or rows
  std::uint64_t total = 0;  // 0: not known
};
// Ends the step by an error.
using ReportStep = std::function<Status(const StepProgress&)>;

// For a person who waits: a line on standard error when a step has taken some seconds, and every
// few seconds from then on.
class ProgressLine {
 public:
  // `command`: "restore".
  explicit ProgressLine(std::string command) : command_(std::move(command)) {}

  Status operator()(const StepProgress& progress);

 private:
  std::string command_;
  SystemClock clock_;
  std::optional<Timestamp> last_;
};

}  // namespace certconnector::app
