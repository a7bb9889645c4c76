#include "agent/enrollment/granted_right.h"

#include <string>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"

namespace certconnector::enrollment {
namespace {

GrantedRight right_of(Permit permit) {
  GrantedRight right;
  right.name = crypto::sha256(as_bytes(permit.id));
  if (permit.single_use) {
    right.challenge = std::move(permit.id);
    right.remember_until = permit.not_after;
  }
  if (permit.not_after != Timestamp::max()) right.ends = permit.not_after;
  right.device = std::move(permit.device);
  right.template_name = std::move(permit.template_name);
  right.content = std::move(permit.expected);
  right.sid = std::move(permit.sid);
  return right;
}

std::optional<core::Failed> check_key(const GrantedRight& right, const crypto::Pkcs10& request) {
  if (!right.least_key || right.least_key->kind != request.key_kind() ||
      request.key_bits() >= right.least_key->bits) {
    return std::nullopt;
  }
  return core::failed(core::failure::kWeakKey,
                      "The new key has " + std::to_string(request.key_bits()) +
                          " bits, the one of the certificate that is renewed has " +
                          std::to_string(right.least_key->bits) +
                          "; make one that is at least as strong.");
}

}  // namespace

RightAnswer right_by_challenge(const ChallengeCheck& check, const ChallengeQuery& query,
                               bool may_wait, Timestamp now) {
  if (!may_wait && check.waits(query)) return MustWait{};
  auto answer = check.check(query, now);
  if (auto* refused = std::get_if<Refusal>(&answer)) return std::move(*refused);
  if (auto* unknown = std::get_if<CannotCheck>(&answer)) return std::move(*unknown);
  return right_of(std::move(std::get<Permit>(answer)));
}

GrantedRight right_by_certificate(RenewalPermit permit, ByteView certificate,
                                  const crypto::Pkcs10& request) {
  Bytes name = certificate.to_bytes();
  const ByteView key = request.public_key_info();
  name.insert(name.end(), key.begin(), key.end());
  GrantedRight right;
  right.name = crypto::sha256(name);
  if (!permit.template_name.empty()) right.template_name = std::move(permit.template_name);
  right.content = std::move(permit.content);
  right.at_most = std::move(permit.at_most);
  right.sid = std::move(permit.sid);
  right.least_key = permit.least_key;
  right.renews = crypto::sha256(certificate);
  return right;
}

Refusal refusal_of(const GrantedRight& right, core::Failed reason) {
  return {std::move(reason), right.challenge, right.device};
}

RightAnswer confirm(GrantedRight right, const crypto::Pkcs10& request) {
  if (auto weak = check_key(right, request)) return refusal_of(right, std::move(*weak));
  core::IssueRequest issue;
  issue.expected = right.content;
  issue.at_most = right.at_most;
  issue.sid = right.sid;
  if (auto wrong = core::compare_request(issue, request)) {
    return refusal_of(right, std::move(*wrong));
  }
  return right;
}

void grant(GrantedRight right, core::NewEnrollment& enrollment) {
  enrollment.right = right.name;
  enrollment.challenge = std::move(right.challenge);
  enrollment.remember_until = right.remember_until;
  enrollment.device = std::move(right.device);
  auto& issue = std::get<core::IssueRequest>(enrollment.job.job.request);
  if (right.template_name) issue.template_name = std::move(*right.template_name);
  issue.expected = std::move(right.content);
  issue.at_most = std::move(right.at_most);
  issue.sid = std::move(right.sid);
}

void ascribe(const Refusal& refusal, core::NewEnrollment& enrollment) {
  enrollment.challenge = refusal.challenge;
  enrollment.device = refusal.device;
}

}  // namespace certconnector::enrollment
