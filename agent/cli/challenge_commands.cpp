#include <algorithm>

#include "agent/cli/challenge_view.h"
#include "agent/cli/command.h"
#include "agent/cli/option_values.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

void new_challenge_options(po::options_description& options) {
  options.add_options()("service", po::value<std::string>()->value_name("NAME"),
                        "the SCEP service: the name of its [scep.NAME] section")(
      "device", po::value<std::string>()->value_name("ID"),
      "the device of the challenge, to find its certificate later")(
      "template", po::value<std::string>()->value_name("T"),
      "the template, instead of the service's template")(
      "subject", po::value<std::string>()->value_name("S"),
      "the subject that the request must have, in the form of RFC 4514; without --san no subject "
      "alternative name is allowed beside it")(
      "san", po::value<std::vector<std::string>>()->value_name("KIND:VALUE"),
      "with --subject: a subject alternative name that the request must have, such as "
      "dns:phone.example; kinds: dns, email, uri, ip, upn, directory; repeatable")(
      "valid", po::value<std::string>()->value_name("DURATION"),
      "how long it is valid, 1m to 30d, such as 90s, 30m, 2h, 7d (default: password_validity)")(
      "quiet", "print the password alone, for scripts");
}

void list_challenge_options(po::options_description& options) {
  options.add_options()("service", po::value<std::string>()->value_name("NAME"),
                        "only passwords of this SCEP service");
}

ExitCode run_new_challenge(Session& session, const po::variables_map& values) {
  const auto service = text_value(values, "service");
  if (!service) return session.usage_error("--service NAME is missing");
  wire::ChallengeNewArguments arguments;
  arguments.service = *service;
  arguments.device = text_value(values, "device").value_or("");
  arguments.template_name = text_value(values, "template");
  arguments.subject = text_value(values, "subject");
  arguments.subject_alt_names = positionals(values, "san");
  if (!arguments.subject && !arguments.subject_alt_names.empty()) {
    return session.usage_error("--san goes with --subject; without a subject any name is allowed");
  }
  if (const auto valid = text_value(values, "valid")) {
    const auto span = parse_span(*valid);
    if (!span) {
      return session.usage_error("--valid '" + *valid +
                                 "' is not a duration such as 90s, 30m, 2h, 7d");
    }
    arguments.valid_seconds = *span / std::chrono::seconds(1);
  }
  return session.show(
      session.ask<wire::ChallengeNewResult>(wire::command::kChallengeNew, arguments),
      [&](const wire::ChallengeNewResult& made) {
        if (values.count("quiet") != 0) {
          session.out() << safe(made.password) << '\n';
          return;
        }
        print_new_challenge(session.out(), made, session.now());
      });
}

ExitCode run_list_challenges(Session& session, const po::variables_map& values) {
  const wire::ChallengesListArguments arguments{text_value(values, "service")};
  return session.show(
      session.ask<wire::ChallengesListResult>(wire::command::kChallengeList, arguments),
      [&](const wire::ChallengesListResult& result) {
        print_challenges(session.out(), result, session.now(), session.paint());
      });
}

ExitCode run_revoke_challenges(Session& session, const po::variables_map& values) {
  const auto ids = positionals(values, "id");
  if (ids.empty()) return session.usage_error("the id of a challenge is missing");
  ExitCode worst = ExitCode::ok;
  for (const auto& id : ids) {
    const ExitCode code =
        session.show(session.ask<wire::ChallengeRevokedResult>(wire::command::kChallengeRevoke,
                                                               wire::ChallengeArguments{id}),
                     [&](const wire::ChallengeRevokedResult& revoked) {
                       print_revoked(session.out(), revoked);
                     });
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace

std::vector<Command> challenge_commands() {
  return {
      {"challenge new",
       "Make a one-time challenge password for a SCEP service",
       "--service NAME [options]",
       "It is good for one certificate. The command prints it once: the agent does not keep it.",
       "certconnector challenge new --service phones --device 4711\n"
       "certconnector challenge new --service phones --subject \"CN=Phone 7,O=Example\" --san "
       "dns:phone7.example --valid 2h\n"
       "certconnector challenge new --service phones --quiet",
       new_challenge_options,
       {},
       run_new_challenge},
      {"challenge list",
       "List challenge passwords, newest first, and revoked signed challenges",
       "[--service NAME]",
       "The list names passwords by their ids.",
       "certconnector challenge list\n"
       "certconnector challenge list --service phones --json",
       list_challenge_options,
       {},
       run_list_challenges},
      {"challenge revoke",
       "Withdraw challenges: no device can enroll with them any more",
       "ID...",
       "Takes ids of challenge passwords, of signed challenges as the log names them (KEY:ID),\n"
       "and the management endpoint's ids, where a service has challenge = endpoint.\n"
       "A certificate that the CA already issued for a challenge stays valid.",
       "certconnector challenge revoke otp-5b0c91d2aa",
       no_options,
       {{"id", -1}},
       run_revoke_challenges},
  };
}

}  // namespace certconnector::cli
