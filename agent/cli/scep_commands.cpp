#include <ostream>

#include "agent/cli/caller_files.h"
#include "agent/cli/command.h"
#include "agent/cli/option_values.h"
#include "agent/cli/safe_text.h"
#include "agent/cli/scep_view.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr Positional kScepServiceName{"name", 1};
constexpr Positional kWhat{"what", 1};

void explain_options(po::options_description& options) {
  options.add_options()("service", po::value<std::string>()->value_name("NAME"),
                        "only enrollments at this service")(
      "number", po::value<std::uint64_t>()->value_name("N"),
      "this one of several: its NUMBER in the table");
}

void test_options(po::options_description& options) {
  options.add_options()("challenge-file", po::value<std::string>()->value_name("FILE"),
                        "file whose first line is the challenge password; - is standard input; not "
                        "needed for static and one-time passwords")(
      "subject", po::value<std::string>()->value_name("NAME"),
      "the subject of the test certificate, RFC 4514 (default: \"CN=SCEP test of SERVICE\")")(
      "url", po::value<std::string>()->value_name("URL"),
      "the address that devices use, https or http; it needs no path where the path is the "
      "service's (default: the agent's listener)")(
      "ca-file", po::value<std::string>()->value_name("FILE"),
      "PEM file: the CAs that may have issued the server certificate at --url (default: those of "
      "the system)");
}

ExitCode no_service(Session& session) {
  return session.usage_error("the name of the SCEP service is missing");
}

ExitCode run_scep_list(Session& session, const po::variables_map& /*values*/) {
  return session.show(session.ask<wire::ScepListResult>(wire::command::kScepList),
                      [&](const wire::ScepListResult& result) {
                        print_service_list(session.out(), result, session.now(), session.paint());
                      });
}

ExitCode run_scep_caps(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  if (!name) return no_service(session);
  return session.show(
      session.ask<wire::ScepCapsResult>(wire::command::kScepCaps, wire::ScepArguments{*name}),
      [&](const wire::ScepCapsResult& caps) { print_caps(session.out(), caps, session.paint()); });
}

ExitCode run_scep_explain(Session& session, const po::variables_map& values) {
  const auto what = one_positional(values, "what");
  if (!what) {
    return session.usage_error(
        "say which enrollment: its transaction id, the device, or a part of the subject");
  }
  wire::ScepExplainArguments arguments;
  arguments.what = *what;
  arguments.service = text_value(values, "service");
  if (values.count("number") != 0) arguments.number = values["number"].as<std::uint64_t>();
  return session.show(session.ask<wire::ScepExplainResult>(wire::command::kScepExplain, arguments),
                      [&](const wire::ScepExplainResult& found) {
                        print_enrollments(session.out(), found, session.now(), session.paint());
                        if (found.enrollments.size() < 2) return;
                        session.out()
                            << "\nSeveral match. For one: certconnector scep explain --number "
                            << found.enrollments.front().number << " " << safe(*what) << '\n';
                      });
}

std::string first_line_of(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

ExitCode run_scep_test(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  if (!name) return no_service(session);
  wire::ScepTestArguments arguments;
  arguments.service = *name;
  arguments.subject = text_value(values, "subject");
  if (const auto file = text_value(values, "challenge-file")) {
    const auto text = read_input(*file, session.around().in);
    if (!text) return session.failure(text.error().message(), "Check the path and its permissions");
    arguments.challenge = first_line_of(*text);
  }
  arguments.url = text_value(values, "url");
  if (const auto file = text_value(values, "ca-file")) {
    if (!arguments.url) return session.usage_error("--ca-file needs --url");
    auto text = read_input(*file, session.around().in);
    if (!text) return session.failure(text.error().message(), "Check the path and its permissions");
    arguments.trusted = std::move(*text);
  }
  const auto reply = session.ask<wire::ScepTestResult>(wire::command::kScepTest, arguments);
  const ExitCode shown = session.show(reply, [&](const wire::ScepTestResult& test) {
    print_scep_test(session.out(), test, session.paint());
  });
  return reply && !reply->result.passed ? ExitCode::failed : shown;
}

}  // namespace

std::vector<Command> scep_commands() {
  return {
      {"scep list",
       "List the SCEP services: address, CA, challenge, RA certificate, and what is insecure",
       "",
       "",
       "certconnector scep list\n"
       "certconnector scep list --json | jq -r '.services[].ra.not_after'",
       no_options,
       {},
       run_scep_list},
      {"scep caps",
       "Show what GetCACaps answers, and what each switch of the service means",
       "SERVICE",
       "",
       "certconnector scep caps phones",
       no_options,
       {kScepServiceName},
       run_scep_caps},
      {"scep explain",
       "Explain in sentences a device's enrollment and its outcome, and what to do",
       "[options] TRANSACTION|DEVICE|SUBJECT",
       "Takes the SCEP transaction id, the management system's id of the device, the id of a\n"
       "challenge, or a part of the subject. When several match, lists them, newest first.",
       "certconnector scep explain 4A6F3C\n"
       "certconnector scep explain --service phones \"CN=phone 7\"\n"
       "certconnector scep explain --number 1207 \"CN=phone 7\"",
       explain_options,
       {kWhat},
       run_scep_explain},
      {"scep test",
       "Enroll at a service as a device does, over HTTP, and revoke the certificate",
       "[options] SERVICE",
       "The agent acts as a device: a new key, GetCACaps, GetCACert, PKIOperation. It makes a\n"
       "one-time password itself; supply an endpoint's challenge with --challenge-file. With\n"
       "--url it uses the address that devices use, such as that of a reverse proxy.",
       "certconnector scep test phones\n"
       "certconnector scep test phones --url https://scep.example.com\n"
       "certconnector scep test phones --challenge-file challenge.txt --subject CN=test",
       test_options,
       {kScepServiceName},
       run_scep_test},
  };
}

}  // namespace certconnector::cli
