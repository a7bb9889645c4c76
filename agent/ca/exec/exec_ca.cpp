#include "agent/ca/exec/exec_ca.h"

#include <algorithm>
#include <utility>

#include "agent/ca/ca_errors.h"
#include "agent/ca/exec/helper_output.h"
#include "agent/core/failure_codes.h"
#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"

namespace certconnector::ca {
namespace {

namespace failure = core::failure;

constexpr std::size_t kLineLength = 64;
// How far before its request a CA may let a certificate begin.
constexpr std::chrono::hours kMostBackdated{48};

std::string base64_lines(ByteView bytes) {
  const std::string all = text::to_base64(bytes);
  std::string lines;
  for (std::size_t at = 0; at < all.size(); at += kLineLength) {
    lines.append(all, at, kLineLength).append("\n");
  }
  return lines;
}

std::string request_pem(ByteView der) {
  return "-----BEGIN CERTIFICATE REQUEST-----\n" + base64_lines(der) +
         "-----END CERTIFICATE REQUEST-----\n";
}

// The challenge password, and its places in the base64 of the request: a helper may print either.
std::vector<std::string> secrets_in(const crypto::Pkcs10& request) {
  const std::optional<std::string>& password = request.challenge_password();
  if (!password || password->empty()) return {};
  std::vector<std::string> secrets{*password};
  const ByteView der = request.der();
  const std::string_view octets = as_text(der);
  for (std::size_t at = octets.find(*password); at != std::string_view::npos;
       at = octets.find(*password, at + 1)) {
    // Three octets are four characters.
    const std::size_t begin = at / 3 * 3;
    const std::size_t end = std::min((at + password->size() + 2) / 3 * 3, der.size());
    secrets.push_back(text::to_base64(der.subview(begin, end - begin)));
  }
  return secrets;
}

// Names of one kind, separated by commas as in certmonger.
std::string names_of_kind(const std::vector<crypto::GeneralName>& names,
                          crypto::GeneralNameKind kind) {
  std::string list;
  for (const crypto::GeneralName& name : names) {
    if (name.kind == kind) list.append(list.empty() ? "" : ",").append(name.value);
  }
  return list;
}

void add_names(HelperVariables& variables, const crypto::Pkcs10& request) {
  const auto names = request.subject_alt_names();
  if (!names.ok()) return;
  using Kind = crypto::GeneralNameKind;
  const std::pair<const char*, Kind> wanted[] = {{"CERTMONGER_REQ_HOSTNAME", Kind::dns},
                                                 {"CERTMONGER_REQ_EMAIL", Kind::email},
                                                 {"CERTMONGER_REQ_IP_ADDRESS", Kind::ip},
                                                 {"CERTMONGER_REQ_PRINCIPAL", Kind::upn}};
  for (const auto& [variable, kind] : wanted) {
    std::string list = names_of_kind(*names, kind);
    if (!list.empty()) variables.emplace_back(variable, std::move(list));
  }
}

// The common part of SUBMIT and POLL. `lost`: the answer when the helper's was lost. The key: as
// issued_certificate().
core::SubmitAnswer to_answer(const HelperAnswer& answer, const core::SubmitAnswer& lost,
                             ByteView public_key_info) {
  switch (answer.said) {
    case HelperSaid::done: {
      auto certificate = issued_certificate(answer.output, public_key_info);
      if (certificate.ok()) return issued(*certificate);
      return core::InDoubt{"the helper exited with 0, and its output is no certificate: " +
                           certificate.error().message()};
    }
    case HelperSaid::wait:
      return core::PendingAtCa{answer.cookie, std::nullopt};
    case HelperSaid::wait_with_delay:
      return core::PendingAtCa{answer.cookie, answer.delay};
    case HelperSaid::rejected:
      return core::DeniedByCa{core::failed(failure::kDeniedByCa, answer.message)};
    case HelperSaid::not_configured:
      return core::CaUnavailable{"the helper is not configured; " + answer.message, std::nullopt};
    case HelperSaid::unsupported:
      return core::DeniedByCa{
          core::failed(failure::kDeniedByCa,
                       "the helper answers 6: it does not know SUBMIT or POLL; name another "
                       "one in helper")};
    case HelperSaid::cut_off:
    case HelperSaid::other:  // it may have failed after the CA took the request
      return lost;
    case HelperSaid::unreachable:
    case HelperSaid::not_asked:
      break;
  }
  return core::CaUnavailable{answer.message, std::nullopt};
}

}  // namespace

ExecCa::ExecCa(const CaSection& section, const ExecSettings& settings,
               std::vector<crypto::Certificate> chain, const Clock& clock)
    : ca_(section, std::move(chain)), helper_(section.name, settings, clock), clock_(clock) {}

std::vector<core::SubmitAnswer> ExecCa::submit(const std::vector<core::Submission>& submissions,
                                               const core::CallContext& call) {
  std::vector<core::SubmitAnswer> answers;
  answers.reserve(submissions.size());
  for (const core::Submission& one : submissions) answers.push_back(submit_one(one, call));
  return answers;
}

core::SubmitAnswer ExecCa::submit_one(const core::Submission& submission,
                                      const core::CallContext& call) const {
  if (auto refused = ca_.refuse(submission)) return *std::move(refused);
  const crypto::Pkcs10& request = *submission.request;
  HelperVariables variables{{"CERTMONGER_CSR", request_pem(request.der())},
                            {"CERTMONGER_SPKI", text::to_base64(request.public_key_info())},
                            {"CERTCONNECTOR_KEY", text::to_hex(crypto::view(submission.key))}};
  if (!ca_.is_for_agent(submission)) {
    variables.emplace_back("CERTMONGER_CA_PROFILE", submission.template_name);
  }
  const auto subject = crypto::parse_name(request.subject());
  if (subject.ok() && !subject->empty()) {
    variables.emplace_back("CERTMONGER_REQ_SUBJECT", crypto::to_rfc4514(*subject));
  }
  add_names(variables, request);
  if (submission.sid) variables.emplace_back("CERTCONNECTOR_SID", *submission.sid);
  if (submission.validity) {
    variables.emplace_back("CERTCONNECTOR_VALIDITY", std::to_string(submission.validity->count()));
  }
  const HelperAnswer answer = helper_.run("SUBMIT", variables, call, secrets_in(request));
  return to_answer(answer, core::InDoubt{answer.message}, request.public_key_info());
}

core::SubmitAnswer ExecCa::retrieve(const std::string& request_id, const core::IdempotencyKey& key,
                                    const core::CallContext& call) {
  const HelperAnswer answer = helper_.run("POLL",
                                          {{"CERTMONGER_CA_COOKIE", request_id},
                                           {"CERTCONNECTOR_KEY", text::to_hex(crypto::view(key))}},
                                          call);
  return to_answer(answer, core::CaUnavailable{answer.message, std::nullopt}, ByteView());
}

std::vector<core::RevokeAnswer> ExecCa::revoke(const std::vector<core::Revocation>& revocations,
                                               const core::CallContext& call) {
  std::vector<core::RevokeAnswer> answers;
  answers.reserve(revocations.size());
  for (const core::Revocation& one : revocations) answers.push_back(revoke_one(one, call));
  return answers;
}

core::RevokeAnswer ExecCa::revoke_one(const core::Revocation& revocation,
                                      const core::CallContext& call) const {
  HelperVariables variables{
      {"CERTCONNECTOR_KEY", text::to_hex(crypto::view(revocation.key))},
      {"CERTCONNECTOR_REASON", std::to_string(static_cast<int>(revocation.reason))}};
  const auto& id = revocation.certificate;
  if (!id.serial.empty()) variables.emplace_back("CERTCONNECTOR_SERIAL", text::to_hex(id.serial));
  if (!id.thumbprint.empty()) {
    variables.emplace_back("CERTCONNECTOR_THUMBPRINT", text::to_hex(id.thumbprint));
  }
  if (revocation.invalidity_date) {
    variables.emplace_back("CERTCONNECTOR_INVALIDITY_DATE",
                           to_rfc3339(*revocation.invalidity_date));
  }
  const HelperAnswer answer = helper_.run("REVOKE", variables, call);
  switch (answer.said) {
    case HelperSaid::done:
      return core::Revoked{clock_.wall(), false};
    case HelperSaid::rejected:
      return core::DeniedByCa{core::failed(failure::kDeniedByCa, answer.message)};
    case HelperSaid::unsupported:
      return core::DeniedByCa{core::failed(
          failure::kDeniedByCa, "the helper of CA " + ca_.name() +
                                    " does not know REVOKE; revoke the certificate at the CA")};
    case HelperSaid::wait_with_delay:
      return core::RevocationPending{answer.delay};
    case HelperSaid::wait:
      return core::RevocationPending{};
    default:
      return core::CaUnavailable{answer.message, std::nullopt};
  }
}

Result<std::optional<core::Issued>> ExecCa::find(const core::IdempotencyKey& key,
                                                 ByteView public_key_info,
                                                 Timestamp submitted_after,
                                                 const core::CallContext& call) {
  const HelperAnswer answer = helper_.run("FIND",
                                          {{"CERTCONNECTOR_KEY", text::to_hex(crypto::view(key))},
                                           {"CERTMONGER_SPKI", text::to_base64(public_key_info)},
                                           {"CERTCONNECTOR_AFTER", to_rfc3339(submitted_after)}},
                                          call);
  if (answer.said == HelperSaid::unsupported) {
    return Error(CaErrc::unavailable, ErrorKind::permanent,
                 "the helper does not know FIND; set find = no");
  }
  if (answer.said != HelperSaid::done) {
    return Error(CaErrc::unavailable, ErrorKind::transient, answer.message);
  }
  if (answer.output.find_first_not_of(" \t\r\n") == std::string::npos) {
    return std::optional<core::Issued>();
  }
  CC_TRY_ASSIGN(const auto certificate, issued_certificate(answer.output, public_key_info));
  // A renewal may reuse its key: then this one is that of an earlier request.
  if (certificate.not_before() + kMostBackdated < submitted_after) {
    return std::optional<core::Issued>();
  }
  return std::optional<core::Issued>(issued(certificate));
}

Status ExecCa::check(const core::CallContext& call) {
  CC_TRY(ca_.check_dates(clock_.wall()));
  HelperAnswer answer = helper_.run("FETCH-ROOTS", {}, call);
  if (answer.said == HelperSaid::unsupported) answer = helper_.run("IDENTIFY", {}, call);
  if (answer.said == HelperSaid::done) return {};
  if (answer.said == HelperSaid::unsupported) {
    return Error(CaErrc::unavailable, ErrorKind::permanent,
                 "the helper answers 6 (operation not supported) to FETCH-ROOTS and to IDENTIFY; "
                 "name a helper of certmonger's protocol in helper");
  }
  return Error(CaErrc::unavailable, ErrorKind::transient, answer.message);
}

Result<std::string> fetch_roots(const Helper& helper, const core::CallContext& call) {
  const HelperAnswer answer = helper.run("FETCH-ROOTS", {}, call);
  if (answer.said == HelperSaid::done) return answer.output;
  return Error(CaErrc::unavailable, ErrorKind::transient,
               answer.said == HelperSaid::unsupported ? "the helper does not know FETCH-ROOTS"
                                                      : answer.message);
}

}  // namespace certconnector::ca
