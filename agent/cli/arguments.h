// Parses the command line: global options at any place, the words of the command, and the rest as
// its arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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

// `help WORDS` is `WORDS --help`.
inline constexpr std::string_view kHelp = "help";

[[nodiscard]] Parsed parse_arguments(const std::vector<std::string>& arguments);

// The value of --socket, else the default of this machine and caller.
[[nodiscard]] std::string socket_path(const std::optional<std::string>& given,
                                      const Surroundings& around);

// --socket, --json, --help, --version.
[[nodiscard]] po::options_description global_options();

}  // namespace certconnector::cli
