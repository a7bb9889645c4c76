#include "agent/enrollment/decision.h"

#include <string>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "agent/core/reserved_names.h"
#include "agent/enrollment/denial_kinds.h"
#include "common/crypto/certificate_fields.h"

namespace certconnector::enrollment {
namespace {

// NDES's CA, or one behind a helper program: the agent cannot leave anything out of the request.
bool goes_to_foreign_ca(const DeviceRequest& request) {
  return request.policy->notify_within || !request.ca.handle || request.ca.handle->ports.foreign;
}

// A challenge that names no subject would give a certificate in the CA's own name.
std::optional<core::Failed> why_no_subject(const DeviceRequest& request) {
  const ByteView subject = request.pkcs10->subject();
  if (request.ca.handle) return request.ca.handle->reserved->why_not(subject);
  core::ReservedNames reserved;
  for (const std::string& name : request.policy->ra_names) reserved.add(name);
  if (request.ca.certificate) reserved.add_subject_of(request.ca.certificate->der());
  return reserved.why_not(subject);
}

std::optional<core::Failed> why_not_for_foreign_ca(const DeviceRequest& request,
                                                   const Authorization& authorization) {
  if (request.check_content) {
    if (auto wrong = request.check_content(authorization)) return wrong;
    return core::check_bound(authorization.at_most, *request.pkcs10);
  }
  if (!goes_to_foreign_ca(request)) return std::nullopt;
  return core::check_for_foreign_ca(authorization.at_most, *request.pkcs10);
}

Decision complete(const DeviceRequest& request, Authorization authorization) {
  auto chosen = request.choose_template(authorization.template_name);
  if (auto* wrong = std::get_if<core::Failed>(&chosen)) {
    return deny(authorization, std::move(*wrong));
  }
  authorization.template_name = std::get<std::string>(std::move(chosen));
  if (auto refused = why_no_subject(request)) return deny(authorization, std::move(*refused));
  if (auto refused = why_not_for_foreign_ca(request, authorization)) {
    return deny(authorization, std::move(*refused));
  }
  return confirm(std::move(authorization), *request.pkcs10);
}

bool has_challenge(const DeviceRequest& request) {
  return !request.pkcs10->challenge_password().value_or("").empty();
}

Decision by_challenge(const DeviceRequest& request, MayWait may_wait, Timestamp now) {
  const std::string password = request.pkcs10->challenge_password().value_or("");
  const ChallengeQuery query{request.key.service, password, *request.pkcs10,
                             request.key.transaction_id, request.template_name};
  const ChallengeCheck& check = *request.policy->check;
  if (!may_wait.for_validation && check.waits(query)) return NeedsValidation{};
  auto answer = check.check(query, now);
  if (auto* denied = std::get_if<Denied>(&answer)) return std::move(*denied);
  if (auto* unknown = std::get_if<Unavailable>(&answer)) return std::move(*unknown);
  return complete(request, authorization_of(std::move(std::get<ChallengeAuthorization>(answer))));
}

RenewalAnswer ask_for_renewal(const DeviceRequest& request, const crypto::CertificateFields& signer,
                              MayWait may_wait, Timestamp now) {
  const RenewalRules& rules = request.policy->renewal;
  if (!request.ca.handle) {
    return check_renewal(*request.ca.certificate, request.signer, signer, rules, now,
                         may_wait.for_revocation_list);
  }
  RenewalAnswer answer = check_renewal(*request.ca.handle, request.signer, signer, rules, now);
  for (const jobs::CaRef& previous : request.previous_cas) {
    if (!std::holds_alternative<NotOurs>(answer)) break;
    answer = check_renewal(*previous, request.signer, signer, rules, now);
    auto* allowed = std::get_if<RenewalAuthorization>(&answer);
    if (allowed != nullptr) allowed->previous_ca = previous->description.fingerprint;
  }
  return answer;
}

// Nothing: neither this CA nor a previous one issued the signer's certificate.
std::optional<Decision> by_certificate(const DeviceRequest& request,
                                       const crypto::CertificateFields& signer, MayWait may_wait,
                                       Timestamp now) {
  auto renewal = ask_for_renewal(request, signer, may_wait, now);
  if (auto* allowed = std::get_if<RenewalAuthorization>(&renewal)) {
    return complete(request,
                    authorization_of(std::move(*allowed), request.signer, *request.pkcs10));
  }
  if (auto* denied = std::get_if<Denied>(&renewal)) return std::move(*denied);
  if (auto* unknown = std::get_if<Unavailable>(&renewal)) return std::move(*unknown);
  if (std::holds_alternative<NeedsRevocationList>(renewal)) return NeedsRevocationList{};
  return std::nullopt;
}

// A renewal with a good challenge for one certificate counts as a first request. Any other in it
// changes nothing: devices send again what they first enrolled with.
Decision prefer_challenge(const DeviceRequest& request, Authorization renewal, MayWait may_wait,
                          Timestamp now) {
  Decision anew = by_challenge(request, may_wait, now);
  if (std::holds_alternative<NeedsValidation>(anew)) return anew;
  if (auto* authorization = std::get_if<Authorization>(&anew)) {
    const bool of_its_own = !authorization->challenge.empty();
    if (!of_its_own) return renewal;
    authorization->instead = std::make_shared<const Authorization>(std::move(renewal));
    return anew;
  }
  const auto* denied = std::get_if<Denied>(&anew);
  renewal.wrong_challenge = denied != nullptr && is_guess(denied->reason);
  return renewal;
}

Denied not_of_this_ca(const DeviceRequest& request) {
  const std::string what = "The certificate that asks for its renewal is not of the issuing CA";
  return {core::failed(
      core::failure::kRenewalNotAllowed,
      what + (request.ca.handle
                  ? ". If it is of a former one, name that in previous_ca of the service."
                  : ", " + request.ca.certificate->subject_text() +
                        ". If NDES hands out certificates of another one, name that in "
                        "issuing_ca_file of [registration]; else let the device enroll anew."))};
}

Denied signed_by_another_key() {
  return {core::failed(core::failure::kBadSignature,
                       "The key that signs the SCEP message is not the key of the certificate "
                       "request. If the device can sign no other way, with a self-signed "
                       "certificate, set foreign_signer = yes in the service's section.")};
}

// A device that still has a certificate may enroll anew with a challenge, but not with the key of a
// certificate that is revoked.
bool may_enroll_anew(const std::optional<Decision>& renewal, const DeviceRequest& request,
                     const crypto::CertificateFields& signer) {
  const auto* denied = renewal ? std::get_if<Denied>(&*renewal) : nullptr;
  const bool same_key = signer.public_key_info == request.pkcs10->public_key_info();
  return has_challenge(request) && !(denied != nullptr && denied->renews_revoked && same_key);
}

// A key that cannot decrypt gets its answer encrypted to a throw-away key with a self-signed
// certificate. The challenge and the request's own signature authorize, not the signer.
bool may_sign(const DeviceRequest& request, const crypto::CertificateFields& signer) {
  const crypto::Pkcs10& pkcs10 = *request.pkcs10;
  if (signer.public_key_info == pkcs10.public_key_info()) return true;
  const bool can_decrypt = pkcs10.key_kind() == crypto::KeyKind::rsa;
  return crypto::is_self_issued(signer) && (!can_decrypt || request.policy->foreign_signer);
}

}  // namespace

Decision decide(const DeviceRequest& request, MayWait may_wait, Timestamp now) {
  if (request.signer.empty()) return by_challenge(request, may_wait, now);
  const auto signer = crypto::parse_certificate_fields(request.signer);
  if (!signer.ok()) {
    return Denied{core::failed(core::failure::kMalformedRequest,
                               "The certificate that signs the request cannot be read.")};
  }
  auto renewal = by_certificate(request, *signer, may_wait, now);
  auto* by_key = renewal ? std::get_if<Authorization>(&*renewal) : nullptr;
  if (by_key != nullptr && has_challenge(request)) {
    return prefer_challenge(request, std::move(*by_key), may_wait, now);
  }
  if (renewal && !std::holds_alternative<Denied>(*renewal)) return std::move(*renewal);
  const bool allowed = may_sign(request, *signer);
  const bool enrolls = allowed && may_enroll_anew(renewal, request, *signer);
  if (renewal && !enrolls) return std::move(*renewal);
  const bool renews = request.purpose == SignerPurpose::renew ||
                      (request.purpose == SignerPurpose::either && !enrolls);
  if (!renewal && renews) return not_of_this_ca(request);
  if (!allowed) return signed_by_another_key();
  return by_challenge(request, may_wait, now);
}

}  // namespace certconnector::enrollment
