// The agent as a program: what main hands its arguments to.
#pragma once

#include <string>

#include "agent/core/ports/crash_points.h"
#include "common/result/error.h"

namespace certconnector::app {

struct RunOptions {
  std::string configuration_file = "/etc/certconnector/certconnectord.conf";
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

// Runs until a signal ends it. What goes wrong is said on standard error. Gives the exit code.
[[nodiscard]] int run(const RunOptions& options, core::CrashPoints& crash_points);
// Says what is wrong with the configuration, or that nothing is.
[[nodiscard]] int check_configuration(const RunOptions& options);
// Puts a backup into the place that the configuration names.
[[nodiscard]] int restore(const RunOptions& options, const std::string& folder, bool force);

}  // namespace certconnector::app
