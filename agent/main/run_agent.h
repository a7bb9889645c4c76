// The part of the program that is the same on every platform: the arguments and the errands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/app/run.h"

namespace certconnector {

// Runs the agent as a service and gives its exit code. Called at most once, after the arguments
// were found to be good and before the configuration is read.
using RunService = std::function<int(const app::RunOptions&)>;

// An errand of one platform alone: the option that asks for it, and its function.
struct Errand {
  const char* option;  // without the dashes
  const char* help;
  std::function<int(const app::RunOptions&)> run;
};
// An option of an errand, such as an account.
struct ErrandValue {
  const char* option;
  const char* value_name;
  const char* help;
  std::string* value;
};
struct PlatformPart {
  RunService run_service;
  std::vector<Errand> errands;
  std::vector<ErrandValue> values;
};

// Arguments in, exit code out.
[[nodiscard]] int run_agent(int argc, char** argv, const PlatformPart& platform);

}  // namespace certconnector
