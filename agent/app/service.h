// The composition root: builds the parts in the order of their dependencies, runs them until a
// stop, and takes them down in the opposite order.
#pragma once

#include <string>

#include "agent/app/failure_note.h"
#include "agent/config/settings.h"
#include "agent/core/ports/crash_points.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"
#include "common/log/spdlog_logger.h"

namespace certconnector::app {

// The parts that the program gives the service; all outlive it.
struct Surroundings {
  std::string configuration_file;  // read again at a reload
  platform::ServiceControls& events;
  const platform::ServiceManager& service_manager;
  core::CrashPoints& crash_points;
  log::SpdlogLogger& logger;
  const FailureNote* note = nullptr;  // null: the log alone reports it
  bool log_in_file = false;
};

// Returns the exit code, see run.h.
[[nodiscard]] int serve(const config::Settings& settings, const Surroundings& surroundings);

}  // namespace certconnector::app
