#include <istream>
#include <ostream>

#include "agent/cli/certificate_view.h"
#include "agent/cli/command.h"
#include "agent/cli/next_page.h"
#include "agent/cli/option_values.h"
#include "agent/cli/pem.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr Positional kCertificateId{"id", 1};

void certs_list_options(po::options_description& options) {
  options.add_options()("service", po::value<std::string>()->value_name("NAME"),
                        "only certificates from this SCEP service")(
      "device", po::value<std::string>()->value_name("ID"), "only certificates for this device")(
      "transaction", po::value<std::string>()->value_name("ID"),
      "only certificates of this SCEP transaction")(
      "lineage", po::value<std::string>()->value_name("ID|SERIAL"),
      "only certificates of this lineage: its number, or the serial number of one of them")(
      "subject", po::value<std::string>()->value_name("TEXT"),
      "only certificates whose subject contains this text")(
      "ca", po::value<std::string>()->value_name("CA"),
      "only certificates of this CA: its name or SHA-256")(
      "since", po::value<std::string>()->value_name("TIME"),
      "recorded at or after: RFC 3339, or how long ago, such as 30m, 2h, 7d")(
      "until", po::value<std::string>()->value_name("TIME"), "recorded at or before")(
      "limit", po::value<std::uint64_t>()->value_name("N")->default_value(50),
      "how many at most, 1 to 500")("after", po::value<std::string>()->value_name("CURSOR"),
                                    "the next page, as the page before says at its end");
}

void certs_show_options(po::options_description& options) {
  options.add_options()("ca", po::value<std::string>()->value_name("CA"),
                        "the CA that issued it, where several CAs use the serial number")(
      "pem", "print only the certificate, as PEM");
}

void certs_revoke_options(po::options_description& options) {
  options.add_options()("ca", po::value<std::string>()->value_name("CA"),
                        "the CA that issued it, where the serial number does not determine it")(
      "reason", po::value<std::string>()->value_name("REASON"),
      "keyCompromise, affiliationChanged, superseded, cessationOfOperation, certificateHold, "
      "removeFromCRL (lifts a hold), privilegeWithdrawn; unspecified by default")(
      "lineage",
      "revoke every certificate in force of its lineage; keyCompromise ends the lineage")(
      "yes", "do not ask, also at a terminal");
}

ExitCode run_certs_list(Session& session, const po::variables_map& values) {
  wire::CertsListArguments arguments;
  arguments.service = text_value(values, "service");
  arguments.device = text_value(values, "device");
  arguments.transaction = text_value(values, "transaction");
  arguments.lineage = text_value(values, "lineage");
  arguments.subject = text_value(values, "subject");
  arguments.ca = text_value(values, "ca");
  arguments.after = text_value(values, "after");
  arguments.limit = values["limit"].as<std::uint64_t>();
  for (const auto& [name, field] :
       {std::pair{"since", &arguments.since}, std::pair{"until", &arguments.until}}) {
    const auto mistake = read_time(values, name, session.now(), *field);
    if (mistake) return session.usage_error(*mistake);
  }
  return session.show(
      session.ask<wire::CertsListResult>(wire::command::kCertsList, arguments),
      [&](const wire::CertsListResult& result) {
        print_certificates(session.out(), result, session.now(), session.paint());
        if (!result.next) return;
        if (result.searched_to && result.certificates.size() < arguments.limit) {
          session.out() << "\nLooked back to " << absolute(*result.searched_to) << ".";
        }
        session.out() << "\nThere may be more: "
                      << safe(next_page_command("certs list", values,
                                                {"service", "device", "transaction", "lineage",
                                                 "subject", "ca", "since", "until"},
                                                *result.next))
                      << '\n';
      });
}

ExitCode no_certificate(Session& session) {
  return session.usage_error("the serial number or thumbprint is missing");
}

ExitCode run_certs_show(Session& session, const po::variables_map& values) {
  const auto id = one_positional(values, "id");
  if (!id) return no_certificate(session);
  return session.show(
      session.ask<wire::CertShowResult>(wire::command::kCertsShow,
                                        wire::CertArguments{*id, text_value(values, "ca")}),
      [&](const wire::CertShowResult& result) {
        if (values.count("pem") != 0) {
          session.out() << certificate_pem(result.certificate.certificate);
        } else {
          print_certificate(session.out(), result.certificate, session.now(), session.paint());
        }
      });
}

// A person at a terminal sees what it is before it is gone; a script knows what it does.
bool agreed(Session& session, const wire::CertRevokeArguments& arguments, bool lineage) {
  auto& around = session.around();
  const auto known = session.ask<wire::CertShowResult>(
      wire::command::kCertsShow, wire::CertArguments{arguments.serial, arguments.ca, true});
  around.err << "Revoke " << (lineage ? "all of the lineage of " : "") << "the certificate "
             << (known ? safe(known->result.certificate.serial + ", " +
                              known->result.certificate.subject)
                       : safe(arguments.serial))
             << "? Only a hold can be taken back. [y/N] " << std::flush;
  std::string answer;
  std::getline(around.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void print_revocation(Session& session, const std::string& serial,
                      const wire::CertRevokeResult& result) {
  session.out() << safe(serial) << ": ";
  if (!result.revoked_at) {
    session.out() << "its revocation is " << safe(result.state)
                  << "; see: certconnector jobs explain " << safe(result.job) << '\n';
    return;
  }
  session.out() << (result.already_revoked ? "was revoked before, at " : "revoked at ")
                << absolute(*result.revoked_at) << " (CA " << safe(result.ca_name) << ", job "
                << safe(result.job) << ")\n";
}

void print_lineage_revoked(Session& session, const wire::LineageRevokedResult& result) {
  for (const wire::LineageRevocation& one : result.revocations) {
    session.out() << safe(one.serial) << ": ";
    if (one.revoked_at) {
      session.out() << "revoked at " << absolute(*one.revoked_at) << " (job " << safe(one.job)
                    << ")\n";
    } else {
      session.out() << "its revocation is " << safe(one.state)
                    << (one.problem.empty() ? "" : ": " + safe(one.problem))
                    << "; see: certconnector jobs explain " << safe(one.job) << '\n';
    }
  }
  if (result.revocations.empty()) session.out() << "No certificate of it is in force.\n";
  if (result.compromised) {
    session.out() << "Lineage " << safe(result.lineage) << " renews no more.\n";
  }
}

ExitCode run_certs_revoke(Session& session, const po::variables_map& values) {
  const auto serial = one_positional(values, "id");
  if (!serial) return no_certificate(session);
  const wire::CertRevokeArguments arguments{*serial, text_value(values, "ca"),
                                            text_value(values, "reason").value_or("")};
  const bool asks = session.around().in_is_terminal && values.count("yes") == 0 && !session.json();
  const bool lineage = values.count("lineage") != 0;
  if (asks && !agreed(session, arguments, lineage)) {
    return session.failure("nothing was revoked", "Answer y, or give --yes");
  }
  if (lineage) {
    return session.show(
        session.ask<wire::LineageRevokedResult>(wire::command::kLineageRevoke, arguments),
        [&](const wire::LineageRevokedResult& result) { print_lineage_revoked(session, result); });
  }
  return session.show(
      session.ask<wire::CertRevokeResult>(wire::command::kCertsRevoke, arguments),
      [&](const wire::CertRevokeResult& result) { print_revocation(session, *serial, result); });
}

}  // namespace

std::vector<Command> certificate_commands() {
  return {
      {"certs list",
       "List issued certificates, newest first",
       "[options]",
       "The list has the certificates that the agent's jobs brought and those that 'ca import'\n"
       "and 'ca adopt' took, until a day after their end, or as long as their jobs are kept. The\n"
       "agent knows whether an embedded CA\n"
       "revoked a certificate; for other CAs the status is \"unknown\". A search that would take\n"
       "long ends early and says how far it looked and how to go on.",
       "certconnector certs list\n"
       "certconnector certs list --since 2h\n"
       "certconnector certs list --service phones --device device-7\n"
       "certconnector certs list --subject \"CN=phone 7\" --ca default\n"
       "certconnector certs list --json | jq -r '.certificates[].serial'",
       certs_list_options,
       {},
       run_certs_list},
      {"certs show",
       "Show one certificate: its device or job, and whether it is valid",
       "[options] SERIAL|THUMBPRINT",
       "In hexadecimal, with or without colons; the thumbprint is SHA-1 or SHA-256. The beginning\n"
       "of a serial number is enough, of 4 digits or more, where no other begins so.",
       "certconnector certs show 3f1c9f52a0\n"
       "certconnector certs show --pem 3f1c9f52a0",
       certs_show_options,
       {kCertificateId},
       run_certs_show},
      {"certs revoke",
       "Revoke a certificate; at a terminal it asks first",
       "[options] SERIAL|THUMBPRINT",
       "The agent makes a job for it, which survives a restart. The command waits a few\n"
       "seconds for that job. The CRL follows later, or at once with `ca publish-crl`.\n"
       "After keyCompromise no certificate of its lineage renews any more.",
       "certconnector certs revoke 3f1c9f52a0 --reason keyCompromise\n"
       "certconnector certs revoke --lineage 3f1c9f52a0 --reason keyCompromise\n"
       "certconnector certs revoke --yes --ca default 3f1c9f52a0",
       certs_revoke_options,
       {kCertificateId},
       run_certs_revoke},
  };
}

}  // namespace certconnector::cli
