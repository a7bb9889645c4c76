#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>

#include "agent/app/configuration_check.h"
#include "agent/app/load_configuration.h"
#include "agent/app/run.h"
#include "agent/config/registration_check.h"
#include "agent/platform/files.h"
#include "agent/platform/own_user.h"
#include "agent/platform/paths.h"
#include "agent/platform/service_user.h"
#include "common/text/shell_word.h"
#include "proto/control/codec.h"
#include "proto/control/document.h"

namespace certconnector::app {
namespace {

namespace wire = control_proto;

struct Verdict {
  std::string code;  // stable; empty: the file is in order
  std::string text;  // of the problems, for a person
  std::vector<wire::ConfigProblem> problems;
  std::vector<std::string> notes;
};

Verdict of_unreadable_file(const Error& error) {
  const std::string& text = error.message();
  return {
      "configuration_unreadable", text, {{{}, {}, {}, {}, text.substr(0, text.find('\n'))}}, {}};
}

Verdict of_mistakes(const std::vector<config::Problem>& mistakes, const std::string& file) {
  Verdict verdict{"configuration_wrong", config::to_text(mistakes, file), {}, {}};
  for (const config::Problem& one : mistakes) {
    wire::ConfigProblem problem{{}, one.section, one.key, {}, one.text};
    if (one.line > 0) problem.line = static_cast<std::uint64_t>(one.line);
    verdict.problems.push_back(std::move(problem));
  }
  return verdict;
}

Verdict of_unusable_files(const std::vector<UnusableFile>& files) {
  Verdict verdict{"configuration_unusable", {}, {}, {}};
  for (const UnusableFile& one : files) {
    verdict.text += one.message() + "\n";
    verdict.problems.push_back(
        {{}, one.section, {}, std::string(one.error.code().name), one.message()});
  }
  return verdict;
}

// A person checks as root what the agent reads as its own user.
Result<config::Reading> read_as_the_agent(const std::string& file) {
  CC_TRY_ASSIGN(config::Reading reading, read_configuration(file));
  if (!reading.settings) return reading;
  CC_TRY(platform::become_agents_user(reading.settings->agent.state_dir, file));
  return read_configuration(file);
}

// Neither the state folder nor the configuration file tells the agent's user.
std::string checked_as_root(const config::Settings& settings, const std::string& file) {
  return "root has checked this, since " + settings.agent.state_dir +
         " is root's or is not there yet; where the service has its own user, check as that: "
         "runuser -u certconnector -- certconnectord --check-config --config " +
         text::shell_word(file);
}

// Systemd makes it for the packaged service, in a folder where the agent's user may make none.
std::optional<std::string> on_missing_state(const std::string& state_dir) {
  if (platform::file_exists(state_dir) || platform::is_root()) return std::nullopt;
  if (platform::check_makes_files(platform::parent_path(state_dir)).ok()) return std::nullopt;
  return state_dir +
         " is not there, and the agent cannot make it; where the service's unit does not "
         "(StateDirectory of systemd), make it as " +
         platform::how_to_make_folder(state_dir);
}

Verdict judge(const std::string& file) {
  const auto reading = read_as_the_agent(file);
  if (!reading.ok()) return of_unreadable_file(reading.error());
  if (!reading->settings) return of_mistakes(reading->problems, file);
  const auto unusable = unusable_files(*reading->settings);
  if (!unusable.empty()) return of_unusable_files(unusable);
  Verdict verdict;
  verdict.notes = notes_on_cas(*reading->settings);
  if (platform::is_root()) verdict.notes.push_back(checked_as_root(*reading->settings, file));
  auto missing = on_missing_state(reading->settings->agent.state_dir);
  if (missing) verdict.notes.push_back(*std::move(missing));
  auto more = config::notes_on_registration(*reading->settings);
  std::move(more.begin(), more.end(), std::back_inserter(verdict.notes));
  return verdict;
}

std::string document_of(const Verdict& verdict, const std::string& file) {
  if (verdict.code.empty()) return wire::document(wire::ConfigCheckResult{file, verdict.notes});
  const std::size_t count = verdict.problems.size();
  const std::string message =
      file + " has " + (count == 1 ? "a problem" : std::to_string(count) + " problems");
  return wire::error_document(
      {verdict.code, message, "Mend what `problems` lists, then check the file again"},
      wire::encode(wire::ConfigProblemsResult{file, verdict.problems}));
}

}  // namespace

int check_configuration(const RunOptions& options, bool json) {
  const std::string& file = options.configuration_file;
  const Verdict verdict = judge(file);
  const int code = verdict.code.empty() ? kOk : kConfiguration;
  if (json) {
    std::cout << document_of(verdict, file) << "\n";
    return code;
  }
  if (code != kOk) {
    std::cerr << verdict.text;
    return code;
  }
  std::cout << file << " is in order.\n";
  for (const std::string& note : verdict.notes) std::cout << "Note: " << note << ".\n";
  return code;
}

}  // namespace certconnector::app
