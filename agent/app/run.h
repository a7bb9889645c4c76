// The agent as a program. main passes its arguments to one of these functions.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "agent/core/ports/crash_points.h"
#include "agent/platform/defaults.h"
#include "agent/platform/service_controls.h"
#include "agent/platform/service_manager.h"
#include "common/log/log.h"
#include "common/result/error.h"

namespace certconnector::app {

struct RunOptions {
  std::string configuration_file = platform::defaults().configuration_file;
};

// The exit codes of sysexits(3) that the service manager and scripts act on.
enum ExitCode : int {
  kOk = 0,
  kUsage = 64,
  kLost = 65,           // EX_DATAERR: --salvage or --restore worked, and something is lost
  kDamaged = 74,        // EX_IOERR: a file or database cannot be used
  kTemporary = 75,      // EX_TEMPFAIL: may pass by itself; the service manager tries again
  kConfiguration = 78,  // EX_CONFIG
};
// `otherwise`: for an error that is neither temporary nor damage.
[[nodiscard]] ExitCode exit_code(const Error& error, ExitCode otherwise);

// The log's destination on this platform.
struct LogTarget {
  bool journal = false;  // standard error adds time stamps itself and reads priorities
  // See log::LogOptions.
  std::function<Status(const std::string& file)> may_open = nullptr;
  std::function<Status(const std::string& file, std::FILE* opened)> file_opened = nullptr;
  std::string default_file = {};  // where nobody reads standard error; empty: somebody does
  std::function<void(log::Level level, std::string_view event, const std::string& line)> beside =
      nullptr;
};

// The parts that main gives the program; all outlive run().
struct RunParts {
  platform::ServiceControls& events;
  const platform::ServiceManager& service_manager;
  core::CrashPoints& crash_points;
  LogTarget log_target;
};

// Runs until an event ends it. Writes errors to standard error. Returns the exit code.
[[nodiscard]] int run(const RunOptions& options, const RunParts& parts);
// Prints the problems of the configuration, or that it has none; with `json` as certconnector(1)
// has it.
[[nodiscard]] int check_configuration(const RunOptions& options, bool json);
struct RestoreOptions {
  std::string folder;
  bool force = false;
  bool accept_loss = false;
  bool json = false;  // as certconnector(1) prints it
};
// Restores a backup into the folders of the configuration.
[[nodiscard]] int restore(const RunOptions& options, const RestoreOptions& wanted);
// Makes a new database of what can be read in the damaged one, and prints what is lost.
[[nodiscard]] int salvage(const RunOptions& options);
// Makes the database as small as what it holds, and prints by how much.
[[nodiscard]] int compact(const RunOptions& options);

}  // namespace certconnector::app
