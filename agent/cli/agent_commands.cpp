#include <chrono>
#include <future>
#include <ostream>

#include "agent/cli/caller_files.h"
#include "agent/cli/command.h"
#include "agent/cli/option_values.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/status_view.h"
#include "agent/platform/defaults.h"
#include "agent/platform/words.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

std::string_view examples_of_backup();
std::string_view examples_of_restore();

void enroll_options(po::options_description& options) {
  options.add_options()("token-file", po::value<std::string>()->value_name("FILE"),
                        "file with the token; - is standard input");
}

void restore_options(po::options_description& options) {
  options.add_options()("config", po::value<std::string>()->value_name("FILE"),
                        "the agent's configuration file, instead of the default")(
      "force", "replace existing files, and merge the database")(
      "accept-loss", "go on although a state newer than the backup is gone");
}

std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

// Where the token is: a file, the standard input, or the command line itself.
Result<std::string> read_token(Session& session, const std::string& token,
                               const std::optional<std::string>& file) {
  if (!file && token != "-") return token;
  auto& around = session.around();
  const std::string source = file.value_or("-");
  if (source != "-") return read_input(source, around.in);
  if (!around.in_is_terminal) return read_input(source, around.in);
  around.err << "Paste the onboarding token, then Enter: " << std::flush;
  std::string line;
  std::getline(around.in, line);
  return line;
}

ExitCode run_enroll(Session& session, const po::variables_map& values) {
  const auto token = one_positional(values, "token");
  const auto file = text_value(values, "token-file");
  if (token && file) return session.usage_error("give the token once: here or in --token-file");
  const auto text = read_token(session, token.value_or("-"), file);
  if (!text) return session.failure(text.error().message(), "Check the path and its permissions");
  const wire::EnrollArguments arguments{trimmed(*text)};
  if (arguments.token.empty()) return session.usage_error("the token is empty");
  return session.show(session.ask<wire::IdentityResult>(wire::command::kEnroll, arguments),
                      [&](const wire::IdentityResult& result) {
                        session.out() << "Enrolled.\n";
                        print_identity(session.out(), result.identity, session.now());
                      });
}

ExitCode show_identity(Session& session, std::string_view command) {
  return session.show(session.ask<wire::IdentityResult>(command),
                      [&](const wire::IdentityResult& result) {
                        print_identity(session.out(), result.identity, session.now());
                      });
}

ExitCode run_identity_show(Session& session, const po::variables_map& /*values*/) {
  return show_identity(session, wire::command::kIdentityShow);
}

ExitCode run_identity_renew(Session& session, const po::variables_map& /*values*/) {
  return show_identity(session, wire::command::kIdentityRenew);
}

// `asked`: what a person wants it to be; another state may stand before that one.
ExitCode change_run_state(Session& session, std::string_view command,
                          const std::string& asked = "") {
  return session.show(session.ask<wire::RunStateResult>(command),
                      [&](const wire::RunStateResult& result) {
                        session.out() << "The agent is now: " << spoken(result.state);
                        if (!asked.empty() && result.state != asked) {
                          session.out() << "; when that is over: " << asked;
                        }
                        session.out() << '\n';
                      });
}

ExitCode run_pause(Session& session, const po::variables_map& /*values*/) {
  return change_run_state(session, wire::command::kPause, "paused");
}

ExitCode run_resume(Session& session, const po::variables_map& /*values*/) {
  return change_run_state(session, wire::command::kResume);
}

ExitCode run_drain(Session& session, const po::variables_map& /*values*/) {
  return change_run_state(session, wire::command::kDrain, "draining");
}

ExitCode run_clock_accept(Session& session, const po::variables_map& /*values*/) {
  return change_run_state(session, wire::command::kClockAccept);
}

void print_list(std::ostream& out, std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  out << title << '\n';
  for (const std::string& item : items) out << "  " << safe_lines(item) << '\n';
}

ExitCode run_reload(Session& session, const po::variables_map& /*values*/) {
  const auto reply = session.ask<wire::ReloadResult>(wire::command::kReload);
  const ExitCode code = session.show(reply, [&](const wire::ReloadResult& result) {
    std::ostream& out = session.out();
    const bool same = result.changed.empty() && result.needs_restart.empty();
    if (result.taken) out << (same ? "No setting has changed.\n" : "The agent read the file.\n");
    print_list(out, "In use now:", result.changed);
    print_list(out, "In use after a restart (" + platform::service_commands().restart + "):",
               result.needs_restart);
    print_list(out, "Refused:", result.refused);
    if (!result.new_findings.empty()) out << "Wrong since then:\n";
    print_findings(out, result.new_findings, session.paint());
  });
  if (!reply || code != ExitCode::ok) return code;
  const auto& found = reply->result.new_findings;
  const bool down = std::any_of(found.begin(), found.end(), [](const wire::Finding& finding) {
    return finding.level == "down";
  });
  return reply->result.refused.empty() && !down ? ExitCode::ok : ExitCode::failed;
}

// Asks on another connection how far it is, and prints that for the person who waits.
std::optional<Reply<wire::BackupResult>> back_up_and_watch(Session& session,
                                                           const wire::BackupArguments& arguments) {
  std::future<std::optional<Reply<wire::BackupResult>>> answer = std::async(
      std::launch::async,
      [&] { return session.ask<wire::BackupResult>(wire::command::kBackup, arguments); });
  Session watching(session.around(), session.options());
  while (answer.wait_for(session.around().progress_every) == std::future_status::timeout) {
    const auto progress = watching.ask<wire::BackupProgressResult>(wire::command::kBackupProgress);
    if (!progress || progress->result.total == 0) continue;
    session.around().err << safe(progress->result.step) << ": "
                         << progress->result.done * 100 / progress->result.total << " %\n"
                         << std::flush;
  }
  return answer.get();
}

ExitCode run_backup(Session& session, const po::variables_map& values) {
  const auto folder = one_positional(values, "folder");
  if (!folder) return session.usage_error("the folder of the backup is missing");
  const wire::BackupArguments arguments{absolute_path(*folder, session.around().working_folder)};
  const bool watched = session.around().in_is_terminal && !session.json();
  return session.show(watched ? back_up_and_watch(session, arguments)
                              : session.ask<wire::BackupResult>(wire::command::kBackup, arguments),
                      [&](const wire::BackupResult& result) {
                        session.out() << "The backup is in " << safe(result.folder)
                                      << ". It holds private keys: keep it as safe as those.\n";
                      });
}

// Returns only when the system could not start the agent's program.
ExitCode become_daemon(Session& session, const std::vector<std::string>& arguments) {
  const Error error = session.around().become_daemon(arguments);
  return session.failure(error.message(),
                         "Is the agent's program certconnectord installed on this machine?");
}

ExitCode run_restore(Session& session, const po::variables_map& values) {
  const auto folder = one_positional(values, "folder");
  if (!folder) return session.usage_error("the folder of the backup is missing");
  std::vector<std::string> arguments{"--restore",
                                     absolute_path(*folder, session.around().working_folder)};
  for (const char* option : {"force", "accept-loss"}) {
    if (values.count(option) != 0) arguments.push_back(std::string("--") + option);
  }
  if (session.json()) arguments.emplace_back("--json");
  if (const auto config = text_value(values, "config")) {
    arguments.insert(arguments.end(), {"--config", *config});
  }
  return become_daemon(session, arguments);
}

ExitCode run_config_check(Session& session, const po::variables_map& values) {
  std::vector<std::string> arguments{"--check-config"};
  if (session.json()) arguments.emplace_back("--json");
  if (const auto file = one_positional(values, "file")) {
    arguments.insert(arguments.end(), {"--config", *file});
  }
  return become_daemon(session, arguments);
}

void doctor_options(po::options_description& options) {
  options.add_options()("area", po::value<std::vector<std::string>>()->value_name("NAME"),
                        "look at this area alone; may be given more than once")(
      "config", po::value<std::string>()->value_name("FILE"),
      "the agent's configuration file, instead of the default");
}

ExitCode run_doctor(Session& session, const po::variables_map& values) {
  std::vector<std::string> arguments{"--doctor"};
  if (session.json()) arguments.emplace_back("--json");
  if (values.count("area") != 0) {
    for (const std::string& area : values["area"].as<std::vector<std::string>>()) {
      arguments.insert(arguments.end(), {"--area", area});
    }
  }
  if (const auto config = text_value(values, "config")) {
    arguments.insert(arguments.end(), {"--config", *config});
  }
  return become_daemon(session, arguments);
}

ExitCode run_config_show(Session& session, const po::variables_map& /*values*/) {
  return session.show(
      session.ask<wire::ConfigShowResult>(wire::command::kConfigShow),
      [&](const wire::ConfigShowResult& result) { session.out() << safe_lines(result.text); });
}

}  // namespace

std::vector<Command> agent_commands() {
  return {
      {"enroll",
       "Onboard the agent at its management endpoint with a one-time token",
       "[-|TOKEN|--token-file FILE]",
       "Asks for the token, or reads it from standard input or a file. A token that is an\n"
       "argument shows in the process list.",
       "certconnector enroll\n"
       "certconnector enroll --token-file token.txt",
       enroll_options,
       {{"token", 1}},
       run_enroll},
      {"identity show",
       "Show the agent's client certificate for the endpoint",
       "",
       "",
       "certconnector identity show",
       no_options,
       {},
       run_identity_show},
      {"identity renew",
       "Renew the client certificate now",
       "",
       "The agent renews it at two thirds of its lifetime.",
       "certconnector identity renew",
       no_options,
       {},
       run_identity_renew},
      {"pause",
       "Lease and submit no more jobs until resume, also after a restart",
       "",
       "The agent finishes and reports the jobs that run.",
       "certconnector pause",
       no_options,
       {},
       run_pause},
      {"resume",
       "Continue after pause or drain",
       "",
       "",
       "certconnector resume",
       no_options,
       {},
       run_resume},
      {"drain",
       "Lease no more jobs and finish those that are queued, until resume or a restart",
       "",
       "Before maintenance: stop the agent when `certconnector status` shows an empty queue.",
       "certconnector drain\ncertconnector status --watch",
       no_options,
       {},
       run_drain},
      {"clock accept",
       "Tell the agent that the machine's clock is right",
       "",
       "While the clock is behind times that the agent has stored, or the endpoint's clock\n"
       "contradicts it, the agent issues, publishes and purges nothing. Run this once you have\n"
       "compared the clock: the stored times count no more, and the endpoint's clock may differ\n"
       "as it does now until the agent ends.",
       "certconnector clock accept",
       no_options,
       {},
       run_clock_accept},
      {"reload",
       "Have the agent read its configuration again, and say what it took up",
       "",
       "Waits, and lists what changed, what needs a restart, and what the agent refused: exit\n"
       "code 1 then. A wrong file changes nothing. The same as a reload of the service, with an "
       "answer.",
       "certconnector reload\n"
       "certconnector reload --json | jq .refused",
       no_options,
       {},
       run_reload},
      {"backup",
       "Copy the database and keys into a new folder while the agent works",
       "FOLDER",
       "The agent writes the folder, as the agent's user. The folder holds private keys.",
       examples_of_backup(),
       no_options,
       {{"folder", 1}},
       run_backup},
      {"restore",
       "Restore a backup; stop the agent first",
       "[--config FILE] [--force] [--accept-loss] FOLDER",
       "Runs `certconnectord --restore FOLDER` and ends with its exit code: 65 where a damaged\n"
       "database has lost something. It merges the newer database, and keeps the files from\n"
       "before in a folder replaced-TIME. --accept-loss: go on without a state that\n"
       "went further than the backup and is gone.",
       examples_of_restore(),
       restore_options,
       {{"folder", 1}},
       run_restore},
      {"config check",
       "Check a configuration file; the running agent keeps its configuration",
       "[FILE]",
       "Runs `certconnectord --check-config --config FILE` and ends with its exit code: 78 for an\n"
       "invalid file.",
       "certconnector config check\n"
       "certconnector config check ./new.conf && echo good",
       no_options,
       {{"file", 1}},
       run_config_check},
      {"doctor",
       "Look at the whole set-up, also when the agent does not run",
       "[--area NAME]... [--config FILE]",
       "Runs `certconnectord --doctor`: configuration, agent, files, disk, database, "
       "certificates,\n"
       "clock, endpoint, listeners and web. Each finding has its remedy. Run it as root: it looks "
       "at\n"
       "files as the agent's user. Exit code 0: nothing is wrong; 1: warnings; 2: something "
       "failed.",
       "certconnector doctor\n"
       "certconnector doctor --area endpoint --area clock\n"
       "certconnector doctor --json | jq '.checks[] | select(.verdict != \"ok\")'",
       doctor_options,
       {},
       run_doctor},
      {"config show",
       "Show the configuration of the running agent, without secrets",
       "",
       "",
       "certconnector config show",
       no_options,
       {},
       run_config_show},
  };
}

namespace {

std::string a_backup() { return platform::defaults().backup_folder + std::string("/2026-11-23"); }

std::string_view examples_of_backup() {
  static const std::string examples = "certconnector backup " + a_backup();
  return examples;
}

std::string_view examples_of_restore() {
  static const std::string examples = platform::service_commands().stop +
                                      "\ncertconnector restore " + a_backup() + "\n" +
                                      platform::service_commands().start;
  return examples;
}

}  // namespace

}  // namespace certconnector::cli
