// Pauses and resumes the agent for a person. A pause survives a restart.
#pragma once

#include <functional>
#include <string>

#include "agent/app/active_configuration.h"
#include "agent/app/pause_file.h"
#include "agent/control/operating_mode_operations.h"
#include "agent/jobs/clock_guard.h"
#include "agent/jobs/operating_mode.h"

namespace certconnector::app {

// Thread-safe.
class OperatingModeService final : public control::OperatingModeOperations {
 public:
  // All outlive it. `state_changed`: the service manager's status line is out of date; thread-safe.
  OperatingModeService(const std::string& state_dir, jobs::OperatingMode& mode,
                       jobs::ClockGuard& clock_guard, ActiveConfiguration& active,
                       std::function<void()> state_changed);

  void take_up_pause();  // at the start: of the last run

  Status pause() override;
  Status resume() override;
  Status drain() override;
  Status accept_clock() override;

  // Ends the long poll under way and renews the status line: the mode has changed.
  void announce_change();

 private:
  const PauseFile pause_file_;
  jobs::OperatingMode& mode_;
  jobs::ClockGuard& clock_guard_;
  ActiveConfiguration& active_;
  const std::function<void()> state_changed_;
};

}  // namespace certconnector::app
