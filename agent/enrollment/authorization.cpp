#include "agent/enrollment/authorization.h"

#include <string>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"

namespace certconnector::enrollment {
namespace {

std::optional<core::Failed> check_key(const Authorization& authorization,
                                      const crypto::Pkcs10& request) {
  if (!authorization.least_key || authorization.least_key->kind != request.key_kind() ||
      request.key_bits() >= authorization.least_key->bits) {
    return std::nullopt;
  }
  return core::failed(core::failure::kWeakKey, "The new key has " +
                                                   std::to_string(request.key_bits()) +
                                                   " bits, that of the old certificate has " +
                                                   std::to_string(authorization.least_key->bits) +
                                                   "; make one of at least that strength.");
}

}  // namespace

Authorization authorization_of(ChallengeAuthorization challenge) {
  Authorization authorization;
  authorization.name = crypto::sha256(as_bytes(challenge.id));
  if (challenge.single_use) {
    authorization.challenge = std::move(challenge.id);
    authorization.remember_until = challenge.not_after;
  }
  if (challenge.not_after != Timestamp::max()) authorization.ends = challenge.not_after;
  authorization.device = std::move(challenge.device);
  authorization.template_name = std::move(challenge.template_name);
  authorization.content = std::move(challenge.expected);
  authorization.sid = std::move(challenge.sid);
  return authorization;
}

Authorization authorization_of(RenewalAuthorization renewal, ByteView certificate,
                               const crypto::Pkcs10& request) {
  Bytes name = certificate.to_bytes();
  const ByteView key = request.public_key_info();
  name.insert(name.end(), key.begin(), key.end());
  Authorization authorization;
  authorization.name = crypto::sha256(name);
  if (!renewal.template_name.empty()) {
    authorization.template_name = std::move(renewal.template_name);
  }
  authorization.content = std::move(renewal.content);
  authorization.at_most = std::move(renewal.at_most);
  authorization.renewed_subject = std::move(renewal.subject);
  authorization.sid = std::move(renewal.sid);
  authorization.least_key = renewal.least_key;
  authorization.renews = crypto::sha256(certificate);
  Bytes serial = renewal.certificate.serial;
  authorization.renewal =
      core::Renewal{std::move(serial), renewal.limits, std::move(renewal.certificate),
                    std::move(renewal.previous_ca)};
  return authorization;
}

Denied deny(const Authorization& authorization, core::Failed reason) {
  return {std::move(reason), authorization.challenge, authorization.device};
}

Decision confirm(Authorization authorization, const crypto::Pkcs10& request) {
  if (auto weak = check_key(authorization, request)) return deny(authorization, std::move(*weak));
  core::IssueRequest issue;
  issue.expected = authorization.content;
  issue.at_most = authorization.at_most;
  issue.sid = authorization.sid;
  if (auto wrong = core::compare_request(issue, request)) {
    return deny(authorization, std::move(*wrong));
  }
  return authorization;
}

void grant(Authorization authorization, core::NewEnrollment& enrollment) {
  enrollment.right = authorization.name;
  enrollment.challenge = std::move(authorization.challenge);
  enrollment.remember_until = authorization.remember_until;
  enrollment.device = std::move(authorization.device);
  enrollment.renewal = std::move(authorization.renewal);
  auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
  if (authorization.template_name) issue.template_name = std::move(*authorization.template_name);
  issue.expected = std::move(authorization.content);
  issue.at_most = std::move(authorization.at_most);
  issue.renewed_subject = std::move(authorization.renewed_subject);
  issue.sid = std::move(authorization.sid);
}

void ascribe(const Denied& denied, core::NewEnrollment& enrollment) {
  enrollment.challenge = denied.challenge;
  enrollment.device = denied.device;
}

}  // namespace certconnector::enrollment
