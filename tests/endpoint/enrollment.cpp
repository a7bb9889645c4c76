#include "tests/endpoint/enrollment.h"

#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/time/rfc3339.h"
#include "tests/endpoint/digest.h"
#include "tests/endpoint/errors.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;
constexpr std::size_t kMaxPkcs10 = std::size_t{64} * 1024;

Response storage_problem(const Error& error) {
  return problem(503, "storage", "the endpoint's store failed: " + error.message());
}

Response refused_request(const Error& error) { return problem(422, "bad_pkcs10", error.message()); }

}  // namespace

Response Enrollment::enroll(const json& body) {
  Fields fields(body);
  const std::string secret = fields.text("token_secret", 1, 128);
  const Bytes pkcs10 = fields.base64("pkcs10", kMaxPkcs10);
  const std::string name = fields.optional_text("agent_name", 128).value_or("");
  static_cast<void>(fields.text("version", 1, 64));
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  const std::string secret_sha256 = sha256_hex(secret);
  const auto token = agents_.find_token(secret_sha256);
  if (!token) return storage_problem(token.error());
  if (!*token) {
    return problem(403, "token_invalid",
                   "this endpoint made no such token: make a new one with 'certconnector-endpoint "
                   "token'");
  }
  if (!(*token)->agent_id.empty()) return repeat_answer(**token, pkcs10);
  if ((*token)->expires_at <= clock_.now()) {
    return problem(403, "token_expired",
                   "the token expired at " + to_rfc3339((*token)->expires_at) + ": make a new one");
  }
  return first_use(**token, secret_sha256, pkcs10, name);
}

Response Enrollment::first_use(const TokenRow& token, const std::string& secret_sha256,
                               ByteView pkcs10, const std::string& agent_name) {
  const auto request = parse_client_request(pkcs10);
  if (!request) return refused_request(request.error());
  AgentRow agent;
  agent.id = random_uuid();
  agent.name = token.agent_name.empty() ? agent_name : token.agent_name;
  agent.created_at = clock_.now();
  const auto certificate = issue(*request, agent.id);
  if (!certificate) return problem(500, "internal", certificate.error().message());
  const Status stored = agents_.enroll(agent, *certificate, secret_sha256, sha256_hex(pkcs10));
  if (!stored) return storage_problem(stored.error());
  return answer(agent.id, certificate->der_base64);
}

// The answer to an enrollment may have been lost on its way: the same request again gets it again.
Response Enrollment::repeat_answer(const TokenRow& token, ByteView pkcs10) {
  if (token.pkcs10_sha256 != sha256_hex(pkcs10)) {
    return problem(403, "token_used", "the token was used before: make a new one");
  }
  const auto request = parse_client_request(pkcs10);
  if (!request) return refused_request(request.error());
  const auto certificate = agents_.find_by_key(token.agent_id, request->key_sha256);
  if (!certificate) return storage_problem(certificate.error());
  if (!*certificate || (*certificate)->agent_revoked) {
    return problem(403, "token_used", "the agent that used this token is revoked");
  }
  return answer(token.agent_id, (*certificate)->der_base64);
}

Response Enrollment::renew(const std::string& agent_id, const json& body) {
  Fields fields(body);
  const Bytes pkcs10 = fields.base64("pkcs10", kMaxPkcs10);
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  const auto request = parse_client_request(pkcs10);
  if (!request) return refused_request(request.error());
  const auto known = agents_.find_by_key(agent_id, request->key_sha256);
  if (!known) return storage_problem(known.error());
  if (*known) {
    // The same certificate for a repeated request; a new one for an agent that keeps its key, once
    // two thirds passed.
    const Duration lifetime = (*known)->not_after - (*known)->not_before;
    if ((*known)->not_after - clock_.now() > lifetime / 3) {
      return answer(agent_id, (*known)->der_base64);
    }
  }
  const auto certificate = issue(*request, agent_id);
  if (!certificate) return problem(500, "internal", certificate.error().message());
  const Status stored = agents_.add_certificate(*certificate);
  if (!stored) return storage_problem(stored.error());
  return answer(agent_id, certificate->der_base64);
}

Result<ClientCertificate> Enrollment::issue(const ClientRequest& request,
                                            const std::string& agent_id) {
  CC_TRY_ASSIGN(const auto issued,
                ca_.issue_client_certificate(request, agent_id, clock_.now(), client_lifetime_));
  ClientCertificate certificate;
  certificate.sha256 = sha256_hex(issued.der);
  certificate.agent_id = agent_id;
  certificate.key_sha256 = request.key_sha256;
  certificate.der_base64 = text::to_base64(issued.der);
  certificate.not_before = issued.not_before;
  certificate.not_after = issued.not_after;
  return certificate;
}

Response Enrollment::answer(const std::string& agent_id, const std::string& certificate) const {
  return json_response(dump_json(
      {{"agent_id", agent_id}, {"certificates", {certificate, text::to_base64(ca_.der())}}}));
}

Result<std::string> Enrollment::make_token(const std::string& url, const std::string& agent_name,
                                           Duration lifetime) {
  const std::string secret = random_secret();
  const Timestamp expires = std::chrono::floor<std::chrono::seconds>(clock_.now() + lifetime);
  CC_TRY(agents_.add_token(sha256_hex(secret), agent_name, expires));
  const std::string content = dump_json({{"url", url},
                                         {"ca_sha256", ca_.sha256()},
                                         {"secret", secret},
                                         {"expires", to_rfc3339(expires)}});
  return "cct1." + to_base64url(as_bytes(content));
}

Result<std::string> Enrollment::register_agent(const std::string& name, ByteView certificate) {
  CC_TRY_ASSIGN(const CertificateFacts facts, read_certificate(certificate));
  CC_TRY_ASSIGN(const auto known, agents_.find_certificate(facts.sha256));
  if (known) return known->agent_id;
  AgentRow agent;
  agent.id = random_uuid();
  agent.name = name;
  agent.created_at = clock_.now();
  ClientCertificate row;
  row.sha256 = facts.sha256;
  row.agent_id = agent.id;
  row.key_sha256 = facts.key_sha256;
  row.der_base64 = text::to_base64(certificate);
  row.not_before = facts.not_before;
  row.not_after = facts.not_after;
  CC_TRY(agents_.enroll(agent, row, "", ""));
  return agent.id;
}

}  // namespace certconnector::endpoint
