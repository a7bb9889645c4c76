// One command of the program: its name, its arguments, its function. Dispatch, --help, and the
// tests of man page and completion all read the same table of commands.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <string_view>
#include <vector>

#include "agent/cli/exit_code.h"
#include "agent/cli/session.h"

namespace certconnector::cli {

namespace po = boost::program_options;

struct Positional {
  const char* name;  // of the option that takes it
  int max;           // how many; -1: any number
};

// For Command::add_options of a command without any.
inline void no_options(po::options_description& /*options*/) {}

struct Command {
  std::string_view name;  // "status", "jobs list"
  std::string_view summary;
  std::string_view usage;  // the text after the name
  std::string_view details;
  std::string_view examples;  // one a line
  void (*add_options)(po::options_description& options);
  std::vector<Positional> positionals;
  ExitCode (*run)(Session& session, const po::variables_map& values);
};

[[nodiscard]] std::vector<Command> status_commands();
[[nodiscard]] std::vector<Command> job_commands();
[[nodiscard]] std::vector<Command> ca_commands();
[[nodiscard]] std::vector<Command> challenge_commands();
[[nodiscard]] std::vector<Command> scep_commands();
[[nodiscard]] std::vector<Command> certificate_commands();
[[nodiscard]] std::vector<Command> lineage_commands();
[[nodiscard]] std::vector<Command> agent_commands();
[[nodiscard]] std::vector<Command> completion_commands();
// All of them, in the order of --help.
[[nodiscard]] const std::vector<Command>& all_commands();

// The options of one command that --help shows; the positional ones are not among them.
[[nodiscard]] po::options_description visible_options(const Command& command);

}  // namespace certconnector::cli
