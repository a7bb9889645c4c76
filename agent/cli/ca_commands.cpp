#include <algorithm>
#include <charconv>
#include <ostream>

#include "agent/cli/ca_import.h"
#include "agent/cli/ca_view.h"
#include "agent/cli/caller_files.h"
#include "agent/cli/command.h"
#include "agent/cli/option_values.h"
#include "agent/cli/pem.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "common/text/base64.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;

namespace {

constexpr Positional kName{"name", 1};

void create_options(po::options_description& options) {
  options.add_options()("root", "a root CA: make key and self-signed certificate")(
      "subordinate", "a subordinate CA: make key and request, for your company's CA to sign")(
      "subject", po::value<std::string>()->value_name("NAME"),
      "the CA's subject in the form of RFC 4514, such as \"CN=Example Issuing CA,O=Example\"")(
      "key", po::value<std::string>()->value_name("KIND:BITS")->default_value("rsa:3072"),
      "rsa:2048 to rsa:8192, ec:256, ec:384 or ec:521")(
      "days", po::value<std::int64_t>()->value_name("N")->default_value(3650),
      "how long the certificate of a root CA is valid")(
      "out", po::value<std::string>()->value_name("FILE"),
      "the file for the certificate or the request, as PEM (without it a request goes to the "
      "screen)");
}

void export_options(po::options_description& options) {
  options.add_options()("out", po::value<std::string>()->value_name("FILE"),
                        "the file to write; without it PEM goes to the screen")(
      "format", po::value<std::string>()->value_name("FORMAT"),
      "der or pem; without it der for a file named .cer, .crt or .der, else pem")(
      "issuing", "the issuing CA's certificate instead of the root's")(
      "chain", "all certificates from the issuing CA to the root, as PEM");
}

ExitCode no_name(Session& session) { return session.usage_error("the name of the CA is missing"); }

void print_at_rest(std::ostream& out, const std::string& why) {
  if (!why.empty()) out << "  " << wrapped(why, 2, 2, kScreenWidth) << '\n';
}

ExitCode run_list(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  const auto reply = session.ask<wire::CaListResult>(wire::command::kCaList);
  if (reply && name) {
    const auto& all = reply->result.cas;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const wire::Ca& a) { return a.name == *name; });
    if (found == all.end()) {
      return session.failure("the agent has no CA named '" + *name + "'",
                             "`certconnector ca list` shows them");
    }
    if (!session.json()) {
      print_ca(session.out(), *found, session.now());
      print_at_rest(session.out(), reply->result.at_rest);
      return ExitCode::ok;
    }
    session.print_json(wire::document(wire::CaListResult{{*found}, reply->result.at_rest}));
    return ExitCode::ok;
  }
  return session.show(reply, [&](const wire::CaListResult& result) {
    print_cas(session.out(), result.cas, session.now(), session.paint());
    print_at_rest(session.out(), result.at_rest);
  });
}

ExitCode run_test(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  if (!name) return no_name(session);
  return session.show(
      session.ask<wire::CaTestResult>(wire::command::kCaTest, wire::CaArguments{*name}),
      [&](const wire::CaTestResult& result) {
        session.out() << safe(result.name) << ": " << safe(result.message) << '\n';
      });
}

bool parse_key(const std::string& text, wire::CaCreateArguments& arguments) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return false;
  arguments.key_kind = text.substr(0, colon);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, arguments.key_bits);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

void print_next_steps(std::ostream& out, const wire::CaCreatedResult& ca) {
  const std::string name = safe(ca.name);
  if (ca.sha256.empty()) {
    out << "CA " << name << " has a key and waits for its certificate. Next:\n"
        << "  1. have the request signed by your company's CA (a subordinate CA certificate)\n"
        << "  2. certconnector ca import " << name << " --certificate SIGNED.pem\n";
    return;
  }
  out << "CA " << name << " is set up. SHA-256 " << safe(ca.sha256) << '\n'
      << "Distribute its root certificate to relying parties: certconnector ca export " << name
      << " --out " << name << ".cer\n";
}

ExitCode show_created(Session& session, const std::optional<Reply<wire::CaCreatedResult>>& reply,
                      const std::optional<std::string>& out_file) {
  if (!reply) return session.report();
  const auto& ca = reply->result;
  const std::string& pem = ca.request_pem.empty() ? ca.certificate_pem : ca.request_pem;
  if (out_file) {
    const auto written = write_file(*out_file, pem);
    if (!written) {
      return session.failure("the CA is made, but " + written.error().message(),
                             "Name another file: the CA's folder and `ca export` have it as well");
    }
  }
  return session.show(reply, [&](const wire::CaCreatedResult&) {
    if (!out_file && !ca.request_pem.empty()) session.out() << safe_lines(pem);
    print_next_steps(session.out(), ca);
  });
}

ExitCode run_create(Session& session, const po::variables_map& values) {
  wire::CaCreateArguments arguments;
  const auto name = one_positional(values, "name");
  if (!name) return no_name(session);
  arguments.name = *name;
  const bool root = values.count("root") != 0;
  if (root == (values.count("subordinate") != 0)) {
    return session.usage_error("say which one: --root or --subordinate");
  }
  arguments.kind = root ? "root" : "subordinate";
  const auto subject = text_value(values, "subject");
  if (!subject) return session.usage_error("--subject is missing, such as \"CN=Example CA\"");
  arguments.subject = *subject;
  arguments.lifetime_days = values["days"].as<std::int64_t>();
  const std::string key = values["key"].as<std::string>();
  if (!parse_key(key, arguments)) {
    return session.usage_error("--key '" + key + "' is not of the form rsa:3072 or ec:256");
  }
  return show_created(session,
                      session.ask<wire::CaCreatedResult>(wire::command::kCaCreate, arguments),
                      text_value(values, "out"));
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool wants_der(const po::variables_map& values, const std::optional<std::string>& file) {
  if (const auto format = text_value(values, "format")) return *format == "der";
  if (!file || values.count("chain") != 0) return false;
  return ends_with(*file, ".cer") || ends_with(*file, ".crt") || ends_with(*file, ".der");
}

// Says why these options do not go together; empty: they do.
std::string_view wrong_export_options(const po::variables_map& values) {
  const auto format = text_value(values, "format");
  if (format && *format != "der" && *format != "pem") return "--format is der or pem";
  const bool chain = values.count("chain") != 0;
  if (chain && values.count("issuing") != 0) return "--chain and --issuing exclude each other";
  if (chain && format && *format == "der") return "--chain is PEM: DER holds one certificate";
  if (format && *format == "der" && values.count("out") == 0) {
    return "DER is for a file: name it with --out";
  }
  return {};
}

std::string export_content(const std::vector<const wire::ExportedCertificate*>& wanted, bool der) {
  std::string content;
  for (const auto* certificate : wanted) {
    const auto octets = text::from_base64(certificate->der).value_or(Bytes{});
    content += der ? std::string(as_text(octets)) : certificate_pem(certificate->der);
  }
  return content;
}

ExitCode export_to(Session& session, const po::variables_map& values,
                   const wire::CaExportResult& result) {
  const auto& all = result.certificates;
  if (all.empty()) return session.failure("the agent sent no certificate", "See the agent's log");
  std::vector<const wire::ExportedCertificate*> wanted;
  if (values.count("chain") != 0) {
    for (const auto& certificate : all) wanted.push_back(&certificate);
  } else {
    wanted.push_back(values.count("issuing") != 0 ? &all.front() : &all.back());
    if (values.count("issuing") == 0 && !all.back().self_signed) {
      return session.failure(
          "the chain of CA '" + result.name + "' does not reach its root",
          "Import it with the root at the end of --certificate, or export with --issuing");
    }
  }
  const auto file = text_value(values, "out");
  const std::string content = export_content(wanted, wants_der(values, file));
  if (!file) {
    session.out() << content;
    return ExitCode::ok;
  }
  if (const auto written = write_file(*file, content); !written) {
    return session.failure(written.error().message(), "Check the path and its permissions");
  }
  for (const auto* certificate : wanted) {
    session.out() << safe(*file) << ": " << safe(certificate->subject) << ", SHA-256 "
                  << safe(certificate->sha256) << '\n';
  }
  return ExitCode::ok;
}

ExitCode run_export(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  if (!name) return no_name(session);
  if (const auto wrong = wrong_export_options(values); !wrong.empty()) {
    return session.usage_error(wrong);
  }
  const auto reply =
      session.ask<wire::CaExportResult>(wire::command::kCaExport, wire::CaArguments{*name});
  if (!reply || session.json()) return session.show(reply, [](const auto&) {});
  return export_to(session, values, reply->result);
}

ExitCode run_publish_crl(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  if (!name) return no_name(session);
  return session.show(
      session.ask<wire::CaPublishCrlResult>(wire::command::kCaPublishCrl, wire::CaArguments{*name}),
      [&](const wire::CaPublishCrlResult& result) {
        session.out() << safe(result.name) << ": CRL published";
        if (result.crl) {
          session.out() << ", number " << result.crl->number << ", " << result.crl->entries
                        << " entries, valid to " << absolute(result.crl->next_update);
        }
        session.out() << '\n';
      });
}

}  // namespace

std::vector<Command> ca_commands() {
  return {
      {"ca list",
       "List the CAs, or show one in full",
       "[NAME]",
       "",
       "certconnector ca list\n"
       "certconnector ca list default",
       no_options,
       {kName},
       run_list},
      {"ca test",
       "Test whether a CA could issue and revoke now; leaves nothing behind",
       "NAME",
       "",
       "certconnector ca test default",
       no_options,
       {kName},
       run_test},
      {"ca create",
       "Make the key and the self-signed certificate, or the request, of a CA",
       "--root|--subordinate --subject NAME [options] NAME",
       "The CA needs its [ca.NAME] section in certconnectord.conf, except \"default\".",
       "certconnector ca create default --root --subject \"CN=Example Root CA,O=Example\"\n"
       "certconnector ca create lab --root --subject CN=Lab --key ec:256 --days 730\n"
       "certconnector ca create default --subordinate --subject \"CN=Example Issuing CA\" --out "
       "request.pem",
       create_options,
       {kName},
       run_create},
      {"ca import",
       "Import a CA, or the signed certificate for a request of `ca create`",
       "--certificate FILE|--pkcs12 FILE [options] NAME",
       "A CA that was in use elsewhere needs its last CRL (--crl) or its index (--issued): what\n"
       "it revoked stays revoked. --no-revocations says that it revoked nothing. The agent\n"
       "verifies CRLs and certificates with the CA's key. A later certificate for the same name\n"
       "and key takes the place of the former one, and the CA keeps its records.",
       "certconnector ca import default --certificate signed-and-root.pem\n"
       "certconnector ca import default --certificate ca-and-chain.pem --key ca-key.pem --crl "
       "last.crl\n"
       "certconnector ca import default --certificate ca.crt --key ca.key --issued pki/index.txt\n"
       "certconnector ca import default --pkcs12 ca.p12 --passphrase-file passphrase.txt "
       "--no-revocations",
       import_options,
       {kName},
       run_import},
      {"ca adopt",
       "Take what an imported CA revoked and issued before, after its import",
       "--crl FILE|--issued FOLDER|INDEX|--no-revocations NAME",
       "The same as with `ca import`, for a CA that is set up. Doing it again changes nothing.\n"
       "From then on the CA revokes any serial number. The agent publishes a CRL at the end.",
       "certconnector ca adopt default --crl last.crl\n"
       "certconnector ca adopt default --issued pki/issued --issued pki/index.txt",
       adopt_options,
       {kName},
       run_adopt},
      {"ca export",
       "Write the root certificate of a CA, or its chain, to a file",
       "[options] NAME",
       "Distribute the root certificate to relying parties.",
       "certconnector ca export default --out root.cer\n"
       "certconnector ca export default --issuing --format pem\n"
       "certconnector ca export default --chain --out chain.pem",
       export_options,
       {kName},
       run_export},
      {"ca publish-crl",
       "Sign and publish a new CRL of a CA now",
       "NAME",
       "",
       "certconnector ca publish-crl default",
       no_options,
       {kName},
       run_publish_crl},
  };
}

}  // namespace certconnector::cli
