#include "agent/main/program.h"

#include <iostream>

#include "agent/main/log_destination.h"
#include "agent/main/run_agent.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"

namespace certconnector {
int run_program(int argc, char** argv, core::CrashPoints& crash_points) {
  const RunService run_service = [&crash_points](const app::RunOptions& options) {
    const auto events = platform::signal_controls();
    if (!events.ok()) {
      std::cerr << "certconnectord: " << events.error().message() << "\n";
      return int{app::exit_code(events.error(), app::kDamaged)};
    }
    const auto service_manager = platform::service_manager();
    return app::run(options, {**events, *service_manager, crash_points, log_destination({})});
  };
  return run_agent(argc, argv, {run_service, {}, {}});
}

}  // namespace certconnector
