#include "agent/cli/session.h"

#include <array>
#include <filesystem>
#include <ostream>
#include <sstream>
#include <vector>

#include "agent/cli/caller_files.h"
#include "agent/cli/safe_text.h"
#include "agent/platform/control_address.h"
#include "agent/platform/defaults.h"
#include "agent/platform/last_failure.h"
#include "agent/platform/paths.h"
#include "agent/platform/words.h"
#include "common/text/characters.h"
#include "proto/control/commands.h"
#include "proto/control/document.h"

namespace certconnector::cli {

namespace {

namespace command = control_proto::command;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kDefaultGroup = "certconnector";

// `health` must detect a hanging agent soon. Commands that need keys, signatures or the network get
// more time.
Duration time_limit(std::string_view name) {
  if (name == command::kHealth) return seconds(10);
  if (name == command::kBackup) return std::chrono::hours(6);  // tens of GiB
  static constexpr std::array kSlow{
      command::kEnroll,    command::kIdentityRenew, command::kCaCreate,     command::kCaImport,
      command::kCaEarlier, command::kCaTest,        command::kCaPublishCrl, command::kScepTest,
      command::kCertsList, command::kCertsShow,     command::kReload};
  for (const auto slow : kSlow) {
    if (name == slow) return minutes(5);
  }
  return seconds(30);
}

ExitCode exit_code_of(std::string_view code) {
  if (code == "not_permitted" || code == "permission_denied" || code == "unknown_peer") {
    return ExitCode::no_permission;
  }
  if (code == "ambiguous_id") return ExitCode::usage;
  static constexpr std::array<std::string_view, 9> kUnreachable{
      "not_the_agent", "not_running",     "bad_path",   "timed_out",          "closed",
      "bad_message",   "frame_too_large", "bad_result", "unsupported_version"};
  for (const auto unreachable : kUnreachable) {
    if (code == unreachable) return ExitCode::unavailable;
  }
  return ExitCode::failed;
}

bool is_default(const std::string& socket_path) {
  return socket_path == platform::defaults().control_socket;
}

// The note of the agent that ended: beside its socket, or in the state folder.
std::optional<platform::LastFailure> last_failure(const std::string& socket_path) {
  std::vector<std::string> folders;
  if (auto beside = platform::folder_of_address(socket_path)) folders.push_back(*std::move(beside));
  if (is_default(socket_path)) folders.emplace_back(platform::defaults().state_folder);
  for (const std::string& folder : folders) {
    const std::string path = platform::join_path(folder, platform::kLastFailureFile);
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(std::filesystem::u8path(path), ignored)) continue;
    std::istringstream nothing;
    const auto text = read_input(path, nothing, platform::kMaxLastFailure);
    auto failure = text ? platform::decode_last_failure(*text) : std::nullopt;
    if (failure) return failure;
  }
  return std::nullopt;
}

std::string what_ended(const std::string& socket_path) {
  const auto failure = last_failure(socket_path);
  if (!failure) return {};
  return ". It ended at " + failure->when + " with exit code " +
         std::to_string(failure->exit_code) + ": " + failure->message;
}

std::string what_starts(const std::string& socket_path) {
  const platform::ServiceCommands& service = platform::service_commands();
  const auto failure = last_failure(socket_path);
  const std::string other = "; if it runs with another socket, name it with --socket PATH";
  if (failure && !failure->service) {
    return "Repair that, then start the agent as it was started before" + other;
  }
  return std::string(failure ? "Repair that, then start" : "Start") +
         " the agent: " + service.start +
         (failure ? "" : "; if it runs and lost its socket: " + service.restart) +
         "; its log: " + service.log + other;
}

std::string remedy_for(std::string_view code, const std::string& socket_path) {
  const platform::ServiceCommands& service = platform::service_commands();
  if (code == "not_running") return what_starts(socket_path);
  if (code == "not_permitted") return platform::how_to_be_let_in(std::string(kDefaultGroup));
  if (code == "timed_out" || code == "closed") {
    return "Look at its log: " + service.log + "; then restart it: " + service.restart;
  }
  if (code == "unsupported_version" || code == "bad_result") {
    return "The agent that runs is of another version than this program: " + service.restart;
  }
  if (code == "bad_message" || code == "frame_too_large") {
    return "Another program, not the agent, listens on " + socket_path +
           "; check --socket and [agent] socket";
  }
  if (code == "not_the_agent") {
    return "Check --socket and CERTCONNECTOR_SOCKET; if it is your agent, run this as its user: " +
           service.cli_as_user + " ...";
  }
  if (code == "bad_path") return "Check --socket and CERTCONNECTOR_SOCKET";
  return {};
}

}  // namespace

Session::Session(Surroundings& around, GlobalOptions options)
    : around_(around),
      options_(std::move(options)),
      paint_(around.color && !options_.json, around.width) {}

void Session::fail(const Error& error) {
  const std::string code(error.code().name);
  std::string message = error.message();
  if (code == "not_running") message += what_ended(options_.socket_path);
  trouble_ = {exit_code_of(code),
              {code, std::move(message), remedy_for(code, options_.socket_path)}};
}

std::optional<std::string> Session::ask_text(std::string_view command, std::string arguments) {
  if (!client_) {
    auto connected = around_.connect(options_.socket_path);
    if (!connected) {
      fail(connected.error());
      return std::nullopt;
    }
    client_ = std::move(*connected);
  }
  auto answer = client_->call({std::string(command), std::move(arguments)},
                              options_.patience.value_or(time_limit(command)));
  if (!answer) {
    client_.reset();  // what comes next on this connection is anyone's guess
    fail(answer.error());
    return std::nullopt;
  }
  if (!answer->error) return std::move(answer->result);
  trouble_ = {exit_code_of(answer->error->code), std::move(*answer->error)};
  return std::nullopt;
}

void Session::print_json(std::string_view json) const { out() << text::visible_json(json) << '\n'; }

ExitCode Session::report() { return report(trouble_); }

ExitCode Session::report(const Trouble& trouble) {
  const auto& problem = trouble.problem;
  if (options_.json) {
    print_json(control_proto::error_document(problem));
    return trouble.exit_code;
  }
  around_.err << "certconnector: " << safe_lines(problem.message) << '\n';
  if (!problem.remedy.empty()) around_.err << "  " << safe_lines(problem.remedy) << '\n';
  return trouble.exit_code;
}

ExitCode Session::usage_error(std::string_view message) {
  return report({ExitCode::usage, {"usage", std::string(message), "See --help"}});
}

ExitCode Session::failure(std::string_view message, std::string_view remedy) {
  return report({ExitCode::failed, {"failed", std::string(message), std::string(remedy)}});
}

}  // namespace certconnector::cli
