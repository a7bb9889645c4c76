#include <ostream>

#include "agent/cli/command.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/status_view.h"
#include "agent/cli/version.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

void status_options(po::options_description& options) {
  options.add_options()("watch", "show it anew every two seconds, until Ctrl-C");
}

ExitCode show_status_once(Session& session) {
  return session.show(session.ask<wire::StatusResult>(wire::command::kStatus),
                      [&](const wire::StatusResult& status) {
                        print_status(session.out(), status, session.paint());
                      });
}

ExitCode run_status(Session& session, const po::variables_map& values) {
  if (values.count("watch") == 0) return show_status_once(session);
  constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";  // ECMA-48, CUP and ED
  while (true) {
    if (session.around().out_steers && !session.json()) session.out() << kClearScreen;
    const ExitCode code = show_status_once(session);
    session.out() << std::flush;
    // An agent that is being restarted comes back; a socket that we may not use does not.
    if (code == ExitCode::no_permission) return code;
    if (!session.around().wait_for_next_screen()) return code;
  }
}

ExitCode exit_code_of(const std::string& health) {
  if (health == "ok") return ExitCode::ok;
  return health == "degraded" ? ExitCode::failed : ExitCode::down;
}

// An agent that does not answer is down, and that is an answer too, for people and for scripts.
ExitCode report_no_agent(Session& session) {
  const auto& problem = session.trouble().problem;
  if (session.trouble().exit_code == ExitCode::no_permission) return session.report();
  if (session.json()) {
    session.print_json(wire::document(wire::HealthResult{
        "down",
        {wire::Finding{"agent_not_running", "agent", "down", problem.message, problem.remedy}}}));
  } else {
    session.report();
  }
  return ExitCode::down;
}

ExitCode run_health(Session& session, const po::variables_map& /*values*/) {
  const auto reply = session.ask<wire::HealthResult>(wire::command::kHealth);
  if (!reply) return report_no_agent(session);
  session.show(reply, [&](const wire::HealthResult& health) {
    session.out() << session.paint()(style_of(health.health), safe(health.health)) << '\n';
    print_findings(session.out(), health.findings, session.paint());
  });
  return exit_code_of(reply->result.health);
}

ExitCode run_version(Session& session, const po::variables_map& /*values*/) {
  if (!session.json()) session.out() << "certconnector " << program_version() << '\n';
  auto reply = session.ask<wire::VersionResult>(wire::command::kVersion);
  if (reply) reply->result.program_version = std::string(program_version());
  return session.show(reply, [&](const wire::VersionResult& agent) {
    session.out() << "certconnectord " << safe(agent.version);
    if (agent.commit) session.out() << ", commit " << safe(*agent.commit);
    session.out() << ", control protocol " << agent.protocol;
    for (const auto& library : {agent.openssl, agent.sqlite}) {
      if (library) session.out() << ", " << safe(*library);
    }
    session.out() << '\n';
  });
}

}  // namespace

std::vector<Command> status_commands() {
  return {
      {"status",
       "Show the agent's state and problems on one screen",
       "[--watch]",
       "State, endpoint, identity, CAs, SCEP services and jobs; each problem with its remedy.",
       "certconnector status\n"
       "certconnector status --watch\n"
       "certconnector status --json | jq .queue_depth",
       status_options,
       {},
       run_status},
      {"health",
       "Say by exit code whether the agent is well: 0 ok, 1 degraded, 2 down",
       "",
       "Also 2 when the agent does not run. Lists each problem with its remedy.",
       "certconnector health\n"
       "certconnector health --json",
       no_options,
       {},
       run_health},
      {"version",
       "Show the versions of this program and of the running agent",
       "",
       "",
       "certconnector version\n"
       "certconnector version --json",
       no_options,
       {},
       run_version},
  };
}

}  // namespace certconnector::cli
