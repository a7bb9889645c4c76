#include "agent/cli/help.h"

#include <algorithm>
#include <ostream>

#include "agent/cli/arguments.h"

namespace certconnector::cli {

namespace {

constexpr std::string_view kExitCodes =
    "Exit codes:\n"
    "   0  done; health: ok\n"
    "   1  the agent denied the command or failed; health: degraded\n"
    "   2  health: down, also when the agent does not run\n"
    "  64  the command line is wrong, or an id in it is the beginning of several\n"
    "  69  no agent answers on the socket, or one of another version or user\n"
    "  77  you may not use the agent's socket\n";

void print_indented(std::ostream& out, std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    out << "  " << lines.substr(0, end) << '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace

void print_help(std::ostream& out, const std::string& group) {
  out << "Usage: certconnector [--socket PATH] [--json] COMMAND [ARGUMENTS]\n\n"
         "Operates the Certificate Connector agent, certconnectord, over its local socket.\n\n"
         "Commands:\n";
  std::size_t width = 0;
  for (const Command& command : all_commands()) width = std::max(width, command.name.size());
  for (const Command& command : all_commands()) {
    if (!group.empty() && command.name.substr(0, group.size() + 1) != group + " ") continue;
    out << "  " << command.name << std::string(width - command.name.size() + 2, ' ')
        << command.summary << '\n';
  }
  out << '\n' << global_options() << '\n' << kExitCodes << '\n';
  out << "`certconnector COMMAND --help` has the options of a command, and examples.\n";
}

void print_help(std::ostream& out, const Command& command) {
  out << "Usage: certconnector " << command.name << (command.usage.empty() ? "" : " ")
      << command.usage << "\n\n"
      << command.summary << ".\n";
  if (!command.details.empty()) out << command.details << '\n';
  const auto options = visible_options(command);
  if (!options.options().empty()) out << '\n' << options;
  out << '\n' << global_options() << "\nExamples:\n";
  print_indented(out, command.examples);
}

}  // namespace certconnector::cli
