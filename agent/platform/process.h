// Runs another program to its end: a CA's helper. No shell, no inherited environment, no
// descriptors of the agent, a separate process group that ends with it.
#pragma once

#include <string>
#include <vector>

#include "common/result/result.h"
#include "common/time/clock.h"
#include "common/time/stop.h"

namespace certconnector::platform {

struct ProgramCall {
  std::string path;                      // absolute
  std::vector<std::string> arguments;    // every user of the machine can see them: no secrets
  std::vector<std::string> environment;  // "NAME=value", and nothing else
  std::size_t max_output = 1024UL * 1024;
  std::size_t max_errors = 64UL * 1024;  // what is beyond is dropped
  Duration limit{60000};
};

enum class ProgramEnd { exited, killed_by_signal, timed_out, stopped, too_much_output };

struct ProgramOutcome {
  ProgramEnd end = ProgramEnd::exited;
  int code = 0;        // with exited
  std::string output;  // standard output
  std::string errors;  // standard error
};

// What a program wants of its environment to find others, and to load the system's libraries.
[[nodiscard]] std::vector<std::string> basic_environment();

// Blocks until the program has ended. At the limit, after `stop`, and when it writes too much, its
// whole group gets SIGTERM and a second later SIGKILL. Errors: it could not be started.
[[nodiscard]] Result<ProgramOutcome> run_program(const ProgramCall& call, const StopToken& stop);

// Whether the file is there and the agent may execute it; the error says what is wrong.
[[nodiscard]] Status check_program(const std::string& path);

}  // namespace certconnector::platform
