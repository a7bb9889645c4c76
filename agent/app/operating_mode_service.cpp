#include "agent/app/operating_mode_service.h"

#include <utility>

namespace certconnector::app {

OperatingModeService::OperatingModeService(const std::string& state_dir, jobs::OperatingMode& mode,
                                           jobs::ClockGuard& clock_guard,
                                           ActiveConfiguration& active,
                                           std::function<void()> state_changed)
    : pause_file_(state_dir),
      mode_(mode),
      clock_guard_(clock_guard),
      active_(active),
      state_changed_(std::move(state_changed)) {}

void OperatingModeService::take_up_pause() {
  if (pause_file_.is_set()) mode_.pause();
}

Status OperatingModeService::pause() {
  CC_TRY(pause_file_.set());
  mode_.pause();
  announce_change();
  return {};
}

Status OperatingModeService::resume() {
  CC_TRY(pause_file_.clear());
  mode_.resume();
  announce_change();
  return {};
}

Status OperatingModeService::drain() {
  mode_.drain();
  announce_change();
  return {};
}

Status OperatingModeService::accept_clock() {
  CC_TRY(clock_guard_.accept());
  announce_change();
  return {};
}

void OperatingModeService::announce_change() {
  if (const auto running = active_.engine()) running->operating_mode_changed();
  state_changed_();
}

}  // namespace certconnector::app
