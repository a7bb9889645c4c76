#include "agent/control/ca_commands.h"

#include <algorithm>

#include "agent/control/request_errors.h"
#include "agent/control/wire.h"
#include "common/crypto/certificate.h"
#include "common/text/base64.h"
#include "common/text/hex.h"

namespace certconnector::control {

namespace wire = control_proto;

namespace {

constexpr std::int64_t kMaxLifetimeDays = std::int64_t{100} * 365;

Result<CaView> find_ca(StatusOperations& agent, const std::string& name) {
  auto cas = agent.cas();
  const auto found = std::find_if(cas.begin(), cas.end(),
                                  [&](const CaView& a) { return a.description.name == name; });
  if (found == cas.end()) {
    return Error(RequestErrc::no_such_ca, ErrorKind::permanent,
                 "the agent has no CA named '" + name + "'");
  }
  return std::move(*found);
}

Result<CaView> find_ca_set_up(StatusOperations& agent, const std::string& name) {
  CC_TRY_ASSIGN(CaView ca, find_ca(agent, name));
  if (!ca.set_up) {
    return Error(RequestErrc::ca_not_set_up, ErrorKind::permanent,
                 "CA '" + name + "' is in the configuration, but has no key and certificate yet");
  }
  return ca;
}

Result<CaView> find_working_ca(StatusOperations& agent, const std::string& name) {
  CC_TRY_ASSIGN(CaView ca, find_ca_set_up(agent, name));
  if (ca.description.fingerprint.empty()) {
    return Error(RequestErrc::ca_unusable, ErrorKind::permanent,
                 "CA '" + name + "' cannot be used: " + ca.message);
  }
  return ca;
}

Result<crypto::KeySpec> key_spec(const wire::CaCreateArguments& arguments) {
  const auto bits = arguments.key_bits;
  if (arguments.key_kind == "rsa" && bits >= 2048 && bits <= 8192 && bits % 8 == 0) {
    return crypto::KeySpec{crypto::KeyKind::rsa, static_cast<int>(bits)};
  }
  if (arguments.key_kind == "ec" && (bits == 256 || bits == 384 || bits == 521)) {
    return crypto::KeySpec{crypto::KeyKind::ec, static_cast<int>(bits)};
  }
  return bad_value("a CA's key is RSA of 2048 to 8192 bits, or EC of 256, 384 or 521 bits");
}

Result<CreateCa> creation(const wire::CaCreateArguments& arguments) {
  CreateCa request;
  request.name = arguments.name;
  if (arguments.kind == "subordinate") {
    request.kind = CaKind::subordinate_request;
  } else if (arguments.kind != "root") {
    return bad_value("the kind of a new CA is root or subordinate");
  }
  if (arguments.subject.empty()) return bad_value("a CA needs a subject, such as CN=Example CA");
  request.subject = arguments.subject;
  CC_TRY_ASSIGN(request.key, key_spec(arguments));
  if (arguments.lifetime_days < 1 || arguments.lifetime_days > kMaxLifetimeDays) {
    return bad_value("a CA's lifetime is 1 day to 100 years");
  }
  request.lifetime = std::chrono::hours(24 * arguments.lifetime_days);
  return request;
}

wire::CaCreatedResult created(const std::string& name, const CreatedCa& ca) {
  wire::CaCreatedResult result;
  result.name = name;
  result.sha256 = ca.fingerprint;
  result.certificate_pem = ca.certificate_pem;
  result.request_pem = ca.request_pem;
  result.past_is_known = ca.past_is_known;
  result.certificates = ca.certificates;
  result.crl_addresses = ca.crl_addresses;
  result.limits = ca.limits;
  return result;
}

Result<wire::ExportedCertificate> exported(const Bytes& der) {
  CC_TRY_ASSIGN(const auto certificate, crypto::Certificate::from_der(der));
  wire::ExportedCertificate out;
  out.der = text::to_base64(der);
  out.subject = certificate.subject_text();
  out.issuer = certificate.issuer_text();
  out.sha256 = text::to_hex(crypto::view(certificate.sha256()));
  out.not_after = certificate.not_after();
  out.self_signed = certificate.issued_by(certificate);
  return out;
}

// Only the embedded CA has its key at hand; any other one is asked for its certificates.
std::string_view tested_in_words(const core::CaDescription& ca) {
  return ca.backend == "local" ? "the CA can issue and revoke"
                               : "the CA answers; only a job shows whether it issues and revokes";
}

std::string limits_in_words(const core::CaDescription& ca) {
  std::string text;
  for (const std::string& limit : ca.limits) text += "; but " + limit;
  return text;
}

// The functions that fail while the CA issues and revokes, with the names of the services that need
// them, else the reason alone.
std::string shortcomings(CaOperations& cas, ScepOperations& scep, const std::string& ca) {
  std::string text;
  for (const ScepServiceView& service : scep.services()) {
    if (service.ca != ca || service.next_ca_problem.empty()) continue;
    text += "; but for the SCEP service " + service.name + " " + service.next_ca_problem;
  }
  if (!text.empty()) return text;
  const auto chain = cas.ca_chain(ca);
  if (!chain.ok() || chain->empty()) return text;
  const auto certificate = crypto::Certificate::from_der(chain->front());
  if (!certificate.ok() || certificate->signs_messages()) return text;
  return "; its certificate lacks digitalSignature, so it can announce no next CA to SCEP devices "
         "(GetNextCACert)";
}

// Of a CA that is in order. A person who has paused the agent knows that nothing is issued.
Result<std::string> pause_in_words(jobs::OperatingState state) {
  const std::string why(jobs::why_at_rest(state));
  if (why.empty()) return why;
  if (state == jobs::OperatingState::paused) return "; but nothing is issued now. " + why;
  return Error(RequestErrc::at_rest, ErrorKind::permanent,
               "the CA is in order, but nothing is issued now. " + why);
}

}  // namespace

Result<wire::CaListResult> list_cas(const wire::NoArguments&, StatusOperations& agent) {
  wire::CaListResult result;
  for (const auto& ca : agent.cas()) result.cas.push_back(to_wire(ca));
  result.at_rest = jobs::why_at_rest(agent.state());
  return result;
}

Result<wire::CaTestResult> test_ca(const wire::CaArguments& arguments, StatusOperations& agent,
                                   CaOperations& cas, ScepOperations& scep) {
  CC_TRY(find_ca_set_up(agent, arguments.name));  // one that is unusable is opened again
  CC_TRY(cas.test_ca(arguments.name));
  CC_TRY_ASSIGN(const CaView tested, find_ca(agent, arguments.name));
  CC_TRY_ASSIGN(const std::string pause, pause_in_words(agent.state()));
  return wire::CaTestResult{arguments.name, std::string(tested_in_words(tested.description)) +
                                                limits_in_words(tested.description) +
                                                shortcomings(cas, scep, arguments.name) + pause};
}

Result<wire::CaCreatedResult> create_ca(const wire::CaCreateArguments& arguments,
                                        StatusOperations& agent, CaOperations& cas) {
  CC_TRY(find_ca(agent, arguments.name));
  CC_TRY_ASSIGN(const CreateCa request, creation(arguments));
  CC_TRY_ASSIGN(const CreatedCa ca, cas.create_ca(request));
  return created(arguments.name, ca);
}

Result<wire::CaCreatedResult> import_ca(const wire::CaImportArguments& arguments,
                                        StatusOperations& agent, CaOperations& cas) {
  CC_TRY(find_ca(agent, arguments.name));
  if (arguments.pkcs12.empty() == arguments.certificate_pem.empty()) {
    return bad_value("a CA is imported either as PEM or as PKCS#12");
  }
  ImportCa request;
  request.name = arguments.name;
  request.certificate_pem = arguments.certificate_pem;
  request.key_pem = arguments.key_pem;
  request.passphrase = arguments.passphrase;
  request.examine = arguments.examine;
  request.past_is_told = arguments.past_is_told;
  auto pkcs12 = text::from_base64(arguments.pkcs12);
  if (!pkcs12) return bad_value("the PKCS#12 is not base64");
  request.pkcs12 = std::move(*pkcs12);
  CC_TRY_ASSIGN(const CreatedCa ca, cas.import_ca(request));
  return created(arguments.name, ca);
}

Result<wire::CaExportResult> export_ca(const wire::CaArguments& arguments, StatusOperations& agent,
                                       CaOperations& cas) {
  CC_TRY(find_working_ca(agent, arguments.name));
  CC_TRY_ASSIGN(const auto chain, cas.ca_chain(arguments.name));
  wire::CaExportResult result;
  result.name = arguments.name;
  for (const auto& der : chain) {
    CC_TRY_ASSIGN(auto certificate, exported(der));
    result.certificates.push_back(std::move(certificate));
  }
  return result;
}

Result<wire::CaPublishCrlResult> publish_crl(const wire::CaArguments& arguments,
                                             StatusOperations& agent, CaOperations& cas) {
  CC_TRY(find_working_ca(agent, arguments.name));
  CC_TRY(cas.publish_crl(arguments.name));
  CC_TRY_ASSIGN(const CaView ca, find_ca(agent, arguments.name));
  wire::CaPublishCrlResult result;
  result.name = arguments.name;
  result.crl = crl_to_wire(ca);
  return result;
}

}  // namespace certconnector::control
