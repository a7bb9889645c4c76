#include "agent/cli/completion.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "agent/cli/agent_names.h"
#include "agent/cli/arguments.h"
#include "agent/cli/completion_values.h"
#include "agent/cli/safe_text.h"

namespace certconnector::cli {

namespace {

constexpr std::size_t kDescription = 60;  // columns

bool begins(std::string_view text, std::string_view head) {
  return text.substr(0, head.size()) == head;
}

// The words before the one to complete.
struct Before {
  std::string command;  // "jobs list"; the first words of one, too
  bool complete = false;
  std::size_t arguments = 0;          // after the command
  std::set<std::string> given;        // options
  std::optional<std::string> opened;  // the option whose value comes next
  std::optional<std::string> socket;
};

class Completer {
 public:
  Completer(const std::vector<std::string>& words, Surroundings& around) : around_(around) {
    const std::vector<std::string> none{""};
    const auto& all = words.empty() ? none : words;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) take(all[i]);
    current_ = all.back();
  }

  Completion run() {
    if (before_.opened) return values(*before_.opened, "");
    const std::size_t equals = current_.find('=');
    if (begins(current_, "--") && equals != std::string::npos) {
      const std::string head = current_.substr(0, equals + 1);
      return values(current_.substr(2, equals - 2), head);
    }
    if (begins(current_, "-")) return options();
    return before_.complete ? argument() : commands();
  }

 private:
  void take(const std::string& word) {
    if (before_.opened) {
      if (*before_.opened == "socket") before_.socket = word;
      before_.opened.reset();
    } else if (begins(word, "--")) {
      take_option(word);
    } else if (!begins(word, "-") || word.size() == 1) {
      take_word(word);
    }
  }

  void take_option(const std::string& word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string name = word.substr(2, equals - 2);
    before_.given.insert(name);
    const po::option_description* option = known_option(name);
    if (option == nullptr || option->semantic()->max_tokens() == 0) return;
    if (equals == word.size()) {
      before_.opened = name;
    } else if (name == "socket") {
      before_.socket = word.substr(equals + 1);
    }
  }

  void take_word(const std::string& word) {
    if (before_.complete) {
      ++before_.arguments;
      return;
    }
    if (before_.command.empty() && word == kHelp) return;
    before_.command += (before_.command.empty() ? "" : " ") + word;
    before_.complete = command() != nullptr;
  }

  [[nodiscard]] const Command* command() const {
    const auto& all = all_commands();
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Command& one) { return one.name == before_.command; });
    return found == all.end() ? nullptr : &*found;
  }

  // Global ones, and those of the command.
  [[nodiscard]] const po::options_description& known_options() {
    if (!options_ || options_of_ != before_.command) {
      options_.emplace(global_options());
      options_of_ = before_.command;
      if (const Command* chosen = command()) chosen->add_options(*options_);
    }
    return *options_;
  }
  [[nodiscard]] const po::option_description* known_option(const std::string& name) {
    return known_options().find_nothrow(name, false);
  }

  Completion options() {
    Completion answer;
    for (const auto& option : known_options().options()) {
      const std::string& name = option->long_name();
      if (before_.given.count(name) != 0 && !option->semantic()->is_composing()) continue;
      add(answer, "--" + name, option->description());
    }
    return answer;
  }

  // The next word of each command that goes on as this one began.
  Completion commands() {
    Completion answer;
    const std::string head = before_.command + (before_.command.empty() ? "" : " ");
    std::set<std::string> seen;
    for (const Command& one : all_commands()) {
      if (!begins(one.name, head)) continue;
      const std::string_view rest = one.name.substr(head.size());
      const std::string next(rest.substr(0, rest.find(' ')));
      if (!seen.insert(next).second) continue;
      add(answer, next, next == rest ? std::string(one.summary) : "commands");
    }
    if (head.empty()) add(answer, std::string(kHelp), "Show what a command is for");
    return answer;
  }

  Completion argument() {
    const auto& positionals = command()->positionals;
    std::size_t left = before_.arguments;
    for (const Positional& one : positionals) {
      if (one.max < 0 || left < static_cast<std::size_t>(one.max)) return values(one.name, "");
      left -= static_cast<std::size_t>(one.max);
    }
    return {};
  }

  // `head`: the part of the word before the value.
  Completion values(const std::string& name, const std::string& head) {
    Completion answer;
    const Values* known = values_of(before_.command, name);
    if (known == nullptr) return answer;
    if (known->kind == ValueKind::files) answer.kind = Completion::Kind::files;
    if (known->kind == ValueKind::folders) answer.kind = Completion::Kind::folders;
    for (const std::string_view word : known->words) add(answer, head + std::string(word), "");
    Session session(around_,
                    {socket_path(before_.socket, around_), false, std::chrono::seconds(1)});
    for (const Candidate& one : names_of_agent(known->kind, session)) {
      add(answer, head + one.value, one.description);
    }
    return answer;
  }

  void add(Completion& answer, const std::string& value, const std::string& description) const {
    if (begins(value, current_)) answer.candidates.push_back({value, description});
  }

  Surroundings& around_;
  Before before_;
  std::string current_;
  std::optional<po::options_description> options_;
  std::string options_of_;
};

}  // namespace

Completion complete(const std::vector<std::string>& words, Surroundings& around) {
  return Completer(words, around).run();
}

std::string to_text(const Completion& completion) {
  constexpr const char* kKinds[] = {"words", "files", "folders"};
  std::string text = std::string(kKinds[static_cast<std::size_t>(completion.kind)]) + "\n";
  for (const Candidate& one : completion.candidates) {
    text += one.value;
    if (!one.description.empty()) text += "\t" + shortened(safe(one.description), kDescription);
    text += "\n";
  }
  return text;
}

}  // namespace certconnector::cli
