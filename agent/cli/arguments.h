// The command line, taken apart: global options wherever they stand, the command's words, what is
// left for it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/cli/command.h"

namespace certconnector::cli {

struct ParsedCommand {
  const Command* command = nullptr;
  po::variables_map values;
};
struct HelpWanted {
  const Command* command = nullptr;  // null: of the whole program
  std::string group;                 // "jobs": of all commands that begin so; else empty
};
struct VersionWanted {};
struct UsageError {
  std::string message;
  std::string remedy;
};
struct Parsed {
  std::variant<ParsedCommand, HelpWanted, VersionWanted, UsageError> what;
  std::optional<std::string> socket_path;
  bool json = false;
};

[[nodiscard]] Parsed parse_arguments(const std::vector<std::string>& arguments);

// --socket, --json, --help, --version.
[[nodiscard]] po::options_description global_options();

}  // namespace certconnector::cli
