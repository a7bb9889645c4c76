#include "agent/cli/cli.h"

#include <exception>
#include <ostream>

#include "agent/cli/arguments.h"
#include "agent/cli/help.h"
#include "agent/cli/session.h"
#include "agent/cli/version.h"
#include "agent/platform/defaults.h"

namespace certconnector::cli {

namespace {

ExitCode execute(const Parsed& parsed, Session& session) {
  if (const auto* help = std::get_if<HelpWanted>(&parsed.what)) {
    if (help->command != nullptr) {
      print_help(session.out(), *help->command);
    } else {
      print_help(session.out(), help->group);
    }
    return ExitCode::ok;
  }
  if (std::holds_alternative<VersionWanted>(parsed.what)) {
    session.out() << "certconnector " << program_version() << '\n';
    return ExitCode::ok;
  }
  if (const auto* error = std::get_if<UsageError>(&parsed.what)) {
    return session.report({ExitCode::usage, {"usage", error->message, error->remedy}});
  }
  const auto& command = std::get<ParsedCommand>(parsed.what);
  return command.command->run(session, command.values);
}

GlobalOptions global_values(const Parsed& parsed, const Surroundings& around) {
  if (parsed.socket_path) return {*parsed.socket_path, parsed.json};
  return {around.socket_path.empty() ? platform::defaults().control_socket : around.socket_path,
          parsed.json};
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, Surroundings& around) {
  try {
    const Parsed parsed = parse_arguments(arguments);
    Session session(around, global_values(parsed, around));
    return execute(parsed, session);
  } catch (const std::exception& e) {
    around.err << "certconnector: failed inside the program: " << e.what() << '\n';
    return ExitCode::failed;
  }
}

}  // namespace certconnector::cli
