#include "agent/cli/arguments.h"

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "agent/platform/defaults.h"
#include "common/text/nearest.h"

namespace certconnector::cli {

namespace {

constexpr unsigned kHelpWidth = 100;

// Options that take the next word as their value, wherever they stand.
bool takes_next_word(const std::string& word) { return word == "--socket"; }

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

bool is_group(const std::string& word) {
  const auto& commands = all_commands();
  return std::any_of(commands.begin(), commands.end(), [&](const Command& c) {
    return c.name.size() > word.size() && c.name.substr(0, word.size() + 1) == word + " ";
  });
}

const Command* find_command(const std::string& name) {
  for (const Command& command : all_commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

// `next`: the word after the first, which belongs to the name when the first is a mistyped group.
UsageError unknown_command(const std::string& name, const std::string& next) {
  std::vector<std::string> names;
  for (const Command& command : all_commands()) names.emplace_back(command.name);
  std::string matched = text::nearest(name + " " + next, names);
  if (matched.empty()) matched = text::nearest(name, names);
  return {"there is no command '" + name + "'",
          matched.empty() ? "`certconnector --help` lists the commands"
                          : "Did you mean `certconnector " + matched + "`?"};
}

// The words of the command and all the rest, in order.
struct Split {
  std::string name;
  std::vector<std::string> rest;
};

Split split(const std::vector<std::string>& arguments) {
  Split parts;
  bool complete = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (complete || is_option(word)) {
      parts.rest.push_back(word);
      if (!complete && takes_next_word(word) && i + 1 < arguments.size()) {
        parts.rest.push_back(arguments[++i]);
      }
      continue;
    }
    parts.name += (parts.name.empty() ? "" : " ") + word;
    complete = !is_group(parts.name);
  }
  return parts;
}

// `help WORDS` is `WORDS --help`, as many programs have it; options may stand before it.
std::vector<std::string> with_help_option(std::vector<std::string> arguments) {
  std::size_t first = 0;
  while (first < arguments.size() && is_option(arguments[first])) {
    first += takes_next_word(arguments[first]) ? 2U : 1U;
  }
  if (first >= arguments.size() || arguments[first] != kHelp) return arguments;
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(first));
  arguments.emplace_back("--help");
  return arguments;
}

po::options_description all_options(const Command* command) {
  po::options_description options = global_options();
  if (command == nullptr) return options;
  command->add_options(options);
  for (const auto& positional : command->positionals) {
    if (options.find_nothrow(positional.name, false) != nullptr) continue;
    options.add_options()(positional.name, po::value<std::vector<std::string>>());
  }
  return options;
}

UsageError unknown_option(const std::string& given, const po::options_description& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  const std::string matched = text::nearest(given, names);
  return {"there is no option '" + given + "' here",
          matched.empty() ? "See --help" : "Did you mean " + matched + "?"};
}

std::variant<po::variables_map, UsageError> parse_options(const std::vector<std::string>& rest,
                                                          const Command* command) {
  const po::options_description options = all_options(command);
  po::positional_options_description positionals;
  if (command != nullptr) {
    for (const auto& positional : command->positionals) {
      positionals.add(positional.name, positional.max);
    }
  }
  namespace style = po::command_line_style;
  try {
    po::variables_map values;
    po::store(po::command_line_parser(rest)
                  .options(options)
                  .positional(positionals)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
    return values;
  } catch (const po::unknown_option& e) {
    return unknown_option(e.get_option_name(), options);
  } catch (const po::too_many_positional_options_error&) {
    return UsageError{"there are more arguments than this command takes", "See --help"};
  } catch (const po::error& e) {
    return UsageError{e.what(), "See --help"};
  }
}

}  // namespace

std::string socket_path(const std::optional<std::string>& given, const Surroundings& around) {
  if (given) return *given;
  return around.socket_path.empty() ? platform::defaults().control_socket : around.socket_path;
}

po::options_description global_options() {
  po::options_description options("Options everywhere", kHelpWidth);
  const std::string socket_help =
      std::string("the agent's control socket (default: $CERTCONNECTOR_SOCKET, else ") +
      platform::defaults().control_socket + ")";
  options.add_options()("socket", po::value<std::string>()->value_name("PATH"),
                        socket_help.c_str())(
      "json", "print the agent's answer as JSON, on one line")("help,h", "show this help")(
      "version", "show the version of this program");
  return options;
}

po::options_description visible_options(const Command& command) {
  po::options_description options("Options", kHelpWidth);
  command.add_options(options);
  return options;
}

Parsed parse_arguments(const std::vector<std::string>& arguments) {
  Parsed parsed;
  const Split parts = split(with_help_option(arguments));
  const Command* command = find_command(parts.name);
  auto options = parse_options(parts.rest, command);
  if (const auto* values = std::get_if<po::variables_map>(&options)) {
    if (values->count("socket") != 0) parsed.socket_path = (*values)["socket"].as<std::string>();
    parsed.json = values->count("json") != 0;
    if (values->count("help") != 0) {
      parsed.what = HelpWanted{command, is_group(parts.name) ? parts.name : ""};
      return parsed;
    }
    if (values->count("version") != 0) {
      parsed.what = VersionWanted{};
      return parsed;
    }
  } else {
    parsed.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  }
  if (command != nullptr && std::holds_alternative<po::variables_map>(options)) {
    parsed.what = ParsedCommand{command, std::move(std::get<po::variables_map>(options))};
  } else if (command == nullptr && !parts.name.empty()) {
    parsed.what = is_group(parts.name)
                      ? UsageError{"'" + parts.name + "' needs one more word",
                                   "`certconnector " + parts.name + " --help` lists them"}
                      : unknown_command(parts.name, parts.rest.empty() ? "" : parts.rest.front());
  } else if (auto* error = std::get_if<UsageError>(&options)) {
    parsed.what = std::move(*error);
  } else {
    parsed.what = UsageError{"no command is given", "`certconnector --help` lists the commands"};
  }
  return parsed;
}

}  // namespace certconnector::cli
