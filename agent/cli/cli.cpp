#include "agent/cli/cli.h"

#include <exception>
#include <ostream>

#include "agent/cli/arguments.h"
#include "agent/cli/completion.h"
#include "agent/cli/help.h"
#include "agent/cli/session.h"
#include "agent/cli/version.h"

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

// `arguments`: __complete -- WORD...
void print_completion(const std::vector<std::string>& arguments, Surroundings& around) {
  const auto from = arguments.begin() + (arguments.size() > 1 && arguments[1] == "--" ? 2 : 1);
  around.out << to_text(complete({from, arguments.end()}, around));
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, Surroundings& around) {
  try {
    if (!arguments.empty() && arguments.front() == kCompleteWord) {
      print_completion(arguments, around);
      return ExitCode::ok;
    }
    const Parsed parsed = parse_arguments(arguments);
    Session session(around, {socket_path(parsed.socket_path, around), parsed.json});
    return execute(parsed, session);
  } catch (const std::exception& e) {
    around.err << "certconnector: failed inside the program: " << e.what() << '\n';
    return ExitCode::failed;
  }
}

}  // namespace certconnector::cli
