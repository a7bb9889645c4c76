#include <ostream>

#include "agent/cli/certificate_view.h"
#include "agent/cli/command.h"
#include "agent/cli/lines.h"
#include "agent/cli/option_values.h"
#include "agent/cli/safe_text.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr Positional kMember{"id", 1};

void lineage_show_options(po::options_description& options) {
  options.add_options()("ca", po::value<std::string>()->value_name("CA"),
                        "the CA that issued it, where several CAs use the serial number");
}

void lineage_allow_options(po::options_description& options) {
  lineage_show_options(options);
  options.add_options()("count", po::value<std::uint64_t>()->value_name("N")->default_value(1),
                        "how many renewals, 1 to 100");
}

void print_lineage(Session& session, const wire::LineageResult& result) {
  Lines lines(session.out());
  lines.add("Lineage", safe(result.lineage));
  lines.add("In force", std::to_string(result.in_force));
  lines.add("Under way", std::to_string(result.under_way));
  lines.add("Last 24 h", std::to_string(result.renewed_in_a_day) + " renewed");
  lines.add("Allowed", std::to_string(result.allowed) + " beyond the limits");
  if (result.compromised) {
    lines.add("Renewals", "none any more: a certificate of it was revoked for keyCompromise");
  }
  session.out() << '\n';
  wire::CertsListResult members;
  members.certificates = result.certificates;
  print_certificates(session.out(), members, session.now(), session.paint());
  if (result.more) {
    session.out() << "\nThere are more: certconnector certs list --lineage " << safe(result.lineage)
                  << '\n';
  }
}

ExitCode no_member(Session& session) {
  return session.usage_error("the serial number or thumbprint of a certificate is missing");
}

ExitCode run_lineage_show(Session& session, const po::variables_map& values) {
  const auto id = one_positional(values, "id");
  if (!id) return no_member(session);
  return session.show(
      session.ask<wire::LineageResult>(wire::command::kLineageShow,
                                       wire::CertArguments{*id, text_value(values, "ca")}),
      [&](const wire::LineageResult& result) { print_lineage(session, result); });
}

ExitCode run_lineage_allow(Session& session, const po::variables_map& values) {
  const auto id = one_positional(values, "id");
  if (!id) return no_member(session);
  const wire::LineageAllowArguments arguments{*id, text_value(values, "ca"),
                                              values["count"].as<std::uint64_t>()};
  return session.show(session.ask<wire::LineageResult>(wire::command::kLineageAllow, arguments),
                      [&](const wire::LineageResult& result) { print_lineage(session, result); });
}

}  // namespace

std::vector<Command> lineage_commands() {
  return {
      {"certs lineage show",
       "Show a certificate's lineage: how many are in force, and all of it",
       "[options] SERIAL|THUMBPRINT",
       "A lineage is a certificate and all that renewed it, or one another, without a challenge.\n"
       "Any certificate of it names it. renewals_in_force and renewals_a_day of the SCEP service\n"
       "limit it.",
       "certconnector certs lineage show 3f1c9f52a0",
       lineage_show_options,
       {kMember},
       run_lineage_show},
      {"certs lineage allow",
       "Allow a lineage renewals beyond the limits of its service",
       "[options] SERIAL|THUMBPRINT",
       "A renewal uses one only when the limits deny it. See first why the lineage has so many:\n"
       "somebody may have a copy of a key. After a keyCompromise nobody can allow any.",
       "certconnector certs lineage allow 3f1c9f52a0\n"
       "certconnector certs lineage allow --count 3 3f1c9f52a0",
       lineage_allow_options,
       {kMember},
       run_lineage_allow},
  };
}

}  // namespace certconnector::cli
