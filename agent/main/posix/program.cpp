#include "agent/main/program.h"

#include <filesystem>
#include <iostream>

#include "agent/main/run_agent.h"
#include "agent/platform/files.h"
#include "agent/platform/log_target.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"

namespace certconnector {
namespace {

Status may_open(const std::string& log_file) {
  CC_TRY(platform::check_log_file(log_file));
  return platform::check_appendable(log_file);
}

// A log file that cannot be closed to others is no reason to log nothing. A device such as
// /dev/null is everybody's.
void close_to_others(const std::string& log_file) {
  if (!std::filesystem::is_regular_file(std::filesystem::u8path(log_file))) return;
  (void)platform::set_mode(log_file, platform::FileMode::private_group);
}

}  // namespace

int run_program(int argc, char** argv, core::CrashPoints& crash_points) {
  return run_agent(argc, argv, [&crash_points](const app::RunOptions& options) {
    const auto events = platform::signal_controls();
    if (!events.ok()) {
      std::cerr << "certconnectord: " << events.error().message() << "\n";
      return int{app::exit_code(events.error(), app::kDamaged)};
    }
    const auto service_manager = platform::service_manager();
    return app::run(options, {**events,
                              *service_manager,
                              crash_points,
                              {platform::standard_error_is_journal(), may_open, close_to_others}});
  });
}

}  // namespace certconnector
