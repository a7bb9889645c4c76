// The agent as a program: what main hands its arguments to.
#pragma once

#include <functional>
#include <string>

#include "agent/core/ports/crash_points.h"
#include "agent/platform/defaults.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"
#include "common/result/error.h"

namespace certconnector::app {

struct RunOptions {
  std::string configuration_file = platform::defaults().configuration_file;
};

// The exit codes of sysexits(3) that the service manager and scripts act on.
enum ExitCode : int {
  kOk = 0,
  kUsage = 64,
  kDamaged = 74,        // EX_IOERR: a file or database cannot be used
  kTemporary = 75,      // EX_TEMPFAIL: may pass by itself; the service manager tries again
  kConfiguration = 78,  // EX_CONFIG
};
// `otherwise`: for an error that neither passes by itself nor is damage.
[[nodiscard]] ExitCode exit_code(const Error& error, ExitCode otherwise);

// Where the log goes on this platform.
struct LogTarget {
  bool journal = false;  // standard error adds time stamps itself and reads priorities
  std::function<void(const std::string& file)> file_opened =
      nullptr;  // see log::LogOptions::opened
};

// What main gives the program; all of it outlives run().
struct RunParts {
  platform::ServiceControls& events;
  const platform::ServiceManager& service_manager;
  core::CrashPoints& crash_points;
  LogTarget log_target;
};

// Runs until an event ends it. What goes wrong is said on standard error. Gives the exit code.
[[nodiscard]] int run(const RunOptions& options, const RunParts& parts);
// Says what is wrong with the configuration, or that nothing is.
[[nodiscard]] int check_configuration(const RunOptions& options);
// Puts a backup into the place that the configuration names.
[[nodiscard]] int restore(const RunOptions& options, const std::string& folder, bool force);

}  // namespace certconnector::app
