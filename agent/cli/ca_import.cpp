#include "agent/cli/ca_import.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "agent/cli/caller_files.h"
#include "agent/cli/earlier_upload.h"
#include "agent/cli/option_values.h"
#include "agent/cli/pem.h"
#include "agent/cli/relative_time.h"
#include "agent/cli/safe_text.h"
#include "common/text/base64.h"
#include "proto/control/commands.h"

namespace certconnector::cli {

namespace wire = control_proto;
namespace po = boost::program_options;

namespace {

constexpr std::size_t kNamed = 20;  // refused certificates, by their files

void past_options(po::options_description& options) {
  options.add_options()("crl", po::value<std::vector<std::string>>()->value_name("FILE"),
                        "the CA's last CRL (DER or PEM, 64 MiB at most); may be given again")(
      "issued", po::value<std::vector<std::string>>()->value_name("FOLDER|INDEX"),
      "a folder of certificates that the CA issued, or the index.txt of `openssl ca` or easy-rsa; "
      "may be given again");
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

// Reads the files that the options name into the arguments.
Status read_import(Session& session, const po::variables_map& values,
                   wire::CaImportArguments& arguments) {
  auto& in = session.around().in;
  if (const auto file = text_value(values, "certificate")) {
    CC_TRY_ASSIGN(const std::string content, read_input(*file, in));
    arguments.certificate_pem = certificates_as_pem(content);
  }
  if (const auto file = text_value(values, "key")) {
    CC_TRY_ASSIGN(arguments.key_pem, read_input(*file, in));
  }
  if (const auto file = text_value(values, "pkcs12")) {
    CC_TRY_ASSIGN(const std::string pkcs12, read_input(*file, in));
    arguments.pkcs12 = text::to_base64(as_bytes(pkcs12));
  }
  if (const auto file = text_value(values, "passphrase-file")) {
    CC_TRY_ASSIGN(const std::string passphrase, read_input(*file, in));
    arguments.passphrase = first_line(passphrase);
  }
  return {};
}

Status send_past(const po::variables_map& values, EarlierUpload& upload) {
  for (const std::string& path : positionals(values, "issued")) CC_TRY(upload.send_issued(path));
  for (const std::string& file : positionals(values, "crl")) CC_TRY(upload.send_crl(file));
  return {};
}

void print_taken_revocations(std::ostream& out, const EarlierUpload& upload) {
  const wire::CaEarlierResult& sum = upload.revocations();
  if (upload.revocations_told()) {
    out << "Revocations: " << sum.added << " taken, " << sum.known << " known before\n";
  }
  for (const std::string& note : sum.notes) out << "Note: " << safe(note) << '\n';
}

void print_taken_certificates(std::ostream& out, const EarlierUpload& upload) {
  const wire::CaEarlierResult& sum = upload.certificates();
  const std::size_t refused = sum.refused.size();
  if (sum.added + sum.known + sum.expired + refused + upload.passed_over() != 0) {
    out << "Certificates: " << sum.added << " taken, " << sum.known << " known before, "
        << sum.expired << " expired and left out, " << refused << " refused";
    if (upload.passed_over() != 0) {
      out << "; " << upload.passed_over() << " files hold no certificate";
    }
    out << '\n';
  }
  for (std::size_t i = 0; i < std::min(refused, kNamed); ++i) {
    out << "  refused: " << safe(sum.refused[i].why) << '\n';
  }
  if (refused > kNamed) out << "  and " << refused - kNamed << " more\n";
  if (upload.without_file() != 0) {
    out << "Note: " << upload.without_file()
        << " valid certificates are in the index alone. They can be revoked by serial number\n";
  }
}

void print_past(Session& session, const EarlierUpload& upload) {
  if (session.json()) return;
  print_taken_revocations(session.out(), upload);
  print_taken_certificates(session.out(), upload);
}

wire::TakenPast past_of(const EarlierUpload& upload) {
  const wire::CaEarlierResult& revocations = upload.revocations();
  const wire::CaEarlierResult& certificates = upload.certificates();
  wire::TakenPast past;
  past.revocations_added = revocations.added;
  past.revocations_known = revocations.known;
  past.certificates_added = certificates.added;
  past.certificates_known = certificates.known;
  past.certificates_expired = certificates.expired;
  for (const wire::EarlierRefused& one : certificates.refused) past.refused.push_back(one.why);
  past.without_certificate = upload.passed_over();
  past.without_file = upload.without_file();
  past.notes = revocations.notes;
  return past;
}

ExitCode past_failed(Session& session, const Error& error) {
  return session.failure(error.message(),
                         "The agent keeps all that it took before this. Repair it and run the "
                         "command again: it takes the rest");
}

// The revocations are missing: says where they are.
ExitCode ask_for_crl(Session& session, const wire::CaCreatedResult& ca,
                     const EarlierUpload& upload) {
  std::vector<std::string> addresses = upload.certificates().crl_addresses;
  addresses.insert(addresses.end(), ca.crl_addresses.begin(), ca.crl_addresses.end());
  std::string remedy;
  const std::string file = ca.name + ".crl";
  for (const std::string& address : addresses) {
    if (address.rfind("http", 0) != 0) {
      remedy += "Its certificates name the CRL " + address + "\n  ";
      continue;
    }
    // The address comes out of a certificate: quoted, it is one word of the shell.
    if (address.find_first_of("'\\\n\r") != std::string::npos) continue;
    remedy.append("Fetch it:  curl -fo ").append(file).append(" '").append(address).append("'\n  ");
  }
  if (addresses.empty()) {
    remedy +=
        "Its address is in the CRL distribution points of a certificate that the CA issued\n  ";
  }
  remedy += "Then add:  --crl " + file +
            "   (or, for a CA of `openssl ca`:  --issued index.txt)\n  "
            "If the CA never revoked a certificate:  --no-revocations";
  return session.failure("the CA " + ca.name +
                             " was in use elsewhere, and the agent does not know what it revoked "
                             "there. Without its last CRL revoked certificates would be good again",
                         remedy);
}

void print_imported(Session& session, const wire::CaCreatedResult& ca,
                    const EarlierUpload& upload) {
  std::ostream& out = session.out();
  const std::string name = safe(ca.name);
  print_past(session, upload);
  if (ca.past_is_known && ca.certificates != 0) {
    out << "The agent knows this CA: its " << ca.certificates
        << " certificates and its revocations stay\n";
  }
  for (const std::string& limit : ca.limits) {
    out << "The certificate limits the CA: " << safe(limit) << '\n';
  }
  out << "CA " << name << " is set up. SHA-256 " << safe(ca.sha256) << '\n'
      << "Distribute its root certificate to relying parties: certconnector ca export " << name
      << " --out " << name << ".cer\n";
}

}  // namespace

void import_options(po::options_description& options) {
  options.add_options()(
      "certificate", po::value<std::string>()->value_name("FILE"),
      "PEM: the CA's certificate and its chain up to the root, in any order; or the "
      "CA's certificate alone as DER")(
      "key", po::value<std::string>()->value_name("FILE"),
      "PEM: the CA's private key; not needed for a request made by `ca create`, or for another "
      "certificate of a CA that is there")(
      "pkcs12", po::value<std::string>()->value_name("FILE"),
      "PKCS#12 (.p12, .pfx) with key, certificate and chain, instead of the two above")(
      "passphrase-file", po::value<std::string>()->value_name("FILE"),
      "file whose first line is the passphrase of the key or the PKCS#12; - is standard input");
  past_options(options);
  options.add_options()("no-revocations",
                        "the CA has revoked no certificate: there is no CRL to give");
}

void adopt_options(po::options_description& options) {
  past_options(options);
  options.add_options()("no-revocations",
                        "the CA was in use elsewhere, and has revoked no certificate there");
}

ExitCode run_import(Session& session, const po::variables_map& values) {
  wire::CaImportArguments arguments;
  const auto name = one_positional(values, "name");
  if (!name) return session.usage_error("the name of the CA is missing");
  arguments.name = *name;
  if ((values.count("pkcs12") != 0) == (values.count("certificate") != 0)) {
    return session.usage_error("say where the CA is: --certificate FILE, or --pkcs12 FILE");
  }
  if (values.count("no-revocations") != 0 && values.count("crl") != 0) {
    return session.usage_error("--crl and --no-revocations exclude each other");
  }
  if (const auto read = read_import(session, values, arguments); !read) {
    return session.failure(read.error().message(), "Check the path and its permissions");
  }
  arguments.examine = true;
  const auto examined = session.ask<wire::CaCreatedResult>(wire::command::kCaImport, arguments);
  if (!examined) return session.report();
  EarlierUpload upload(session, *name, examined->result.certificate_pem);
  if (const Status sent = send_past(values, upload); !sent.ok()) {
    return past_failed(session, sent.error());
  }
  arguments.past_is_told = upload.revocations_told() || values.count("no-revocations") != 0;
  if (!arguments.past_is_told && !examined->result.past_is_known) {
    return ask_for_crl(session, examined->result, upload);
  }
  arguments.examine = false;
  auto reply = session.ask<wire::CaCreatedResult>(wire::command::kCaImport, arguments);
  if (reply) reply->result.past = past_of(upload);
  return session.show(
      reply, [&](const wire::CaCreatedResult& result) { print_imported(session, result, upload); });
}

ExitCode run_adopt(Session& session, const po::variables_map& values) {
  const auto name = one_positional(values, "name");
  if (!name) return session.usage_error("the name of the CA is missing");
  const bool nothing = values.count("no-revocations") != 0;
  if (!nothing && values.count("crl") == 0 && values.count("issued") == 0) {
    return session.usage_error(
        "say what there is: --crl FILE, --issued FOLDER|INDEX, or --no-revocations");
  }
  EarlierUpload upload(session, *name, {});
  Status sent = send_past(values, upload);
  if (sent.ok() && nothing) sent = upload.send_nothing();
  if (!sent.ok()) return past_failed(session, sent.error());
  print_past(session, upload);
  auto reply =
      session.ask<wire::CaPublishCrlResult>(wire::command::kCaPublishCrl, wire::CaArguments{*name});
  if (reply) reply->result.past = past_of(upload);
  return session.show(reply, [&](const wire::CaPublishCrlResult& result) {
    session.out() << safe(result.name) << ": CRL published";
    if (result.crl) {
      session.out() << ", number " << result.crl->number << ", " << result.crl->entries
                    << " entries";
    }
    session.out() << '\n';
  });
}

}  // namespace certconnector::cli
