#include <chrono>

#include "agent/app/version.h"
#include "agent/control/transport_errors.h"
#include "agent/doctor/limits.h"
#include "agent/doctor/stages.h"
#include "agent/platform/files.h"
#include "agent/platform/last_failure.h"
#include "agent/platform/paths.h"
#include "agent/platform/words.h"
#include "proto/control/codec.h"
#include "proto/control/commands.h"

namespace certconnector::doctor {
namespace {

namespace wire = control_proto;

// The note of the agent that ended, in its state folder.
std::string what_ended(const std::string& state_dir) {
  const std::string path = platform::join_path(state_dir, platform::kLastFailureFile);
  const auto text = platform::read_file(path, platform::kMaxLastFailure);
  const auto failure = text.ok() ? platform::decode_last_failure(*text) : std::nullopt;
  if (!failure) return {};
  return "; the last one ended at " + failure->when + " with exit code " +
         std::to_string(failure->exit_code) + ": " + failure->message;
}

template <typename T>
Result<T> ask(control::ControlClient& client, std::string_view command) {
  wire::Request request;
  request.command = std::string(command);
  CC_TRY_ASSIGN(wire::Answer answer, client.call(request, kPatience));
  if (answer.error) {
    return Error(control::TransportErrc::failed, ErrorKind::permanent,
                 answer.error->message + ". " + answer.error->remedy);
  }
  return wire::decode_result<T>(answer.result);
}

void add_health(const wire::HealthResult& health, Examination& examination) {
  bool well = true;
  for (const wire::Finding& one : health.findings) {
    if (one.level == "ok") continue;
    well = false;
    examination.add(check::kAgentHealth, one.level == "down" ? Verdict::failed : Verdict::warning,
                    one.component, one.message, one.remedy);
  }
  if (well) examination.ok(check::kAgentHealth, {}, "the running agent finds nothing wrong");
}

void add_version(const wire::VersionResult& running, Examination& examination) {
  if (running.version == app::kVersion && running.commit.value_or("") == app::kCommit) {
    examination.ok(check::kAgentVersion, {}, "the running agent is " + running.version);
    return;
  }
  examination.add(check::kAgentVersion, Verdict::warning, {},
                  "the running agent is " + running.version + ", and " +
                      std::string(app::kVersion) + " is installed, or another build of it",
                  "Restart it: " + platform::service_commands().restart);
}

}  // namespace

bool tells_that_none_runs(const Error& error) {
  return error.code() != control::error_code(control::TransportErrc::not_permitted);
}

void examine_agent(const Subject& subject, const Parts& parts, Examination& examination) {
  if (!examination.wants("agent")) return;
  const std::string& socket = subject.settings.agent.socket;
  auto client = parts.connect(socket);
  if (!client.ok() && !tells_that_none_runs(client.error())) {
    examination.add(check::kAgentRunning, Verdict::unknown, socket, client.error().message(),
                    platform::how_to_be_let_in(subject.settings.agent.socket_group));
    return;
  }
  if (!client.ok()) {
    const platform::ServiceCommands& service = platform::service_commands();
    examination.add(check::kAgentRunning, Verdict::failed, socket,
                    client.error().message() + what_ended(subject.settings.agent.state_dir),
                    "Mend what the other checks find, then start it: " + service.start +
                        "; its log: " + service.log);
    return;
  }
  const auto health = ask<wire::HealthResult>(**client, wire::command::kHealth);
  if (!health.ok()) {
    examination.failed(check::kAgentRunning, socket, health.error(),
                       "Look at its log: " + platform::service_commands().log);
    return;
  }
  examination.ok(check::kAgentRunning, socket, "an agent answers");
  add_health(*health, examination);
  const auto version = ask<wire::VersionResult>(**client, wire::command::kVersion);
  if (version.ok()) add_version(*version, examination);
}

}  // namespace certconnector::doctor
