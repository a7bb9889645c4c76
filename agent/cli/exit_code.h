// The exit codes of the program, for scripts; --help and certconnector(1) document them.
#pragma once

namespace certconnector::cli {

enum class ExitCode : int {
  ok = 0,
  failed = 1,         // the agent denied the command or failed; health: degraded
  down = 2,           // health: the agent does not work, or does not run
  usage = 64,         // EX_USAGE of sysexits.h
  unavailable = 69,   // EX_UNAVAILABLE: no agent answers, or not one that this program understands
  no_permission = 77  // EX_NOPERM
};

}  // namespace certconnector::cli
