#include "agent/registration/entitlement.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "common/crypto/certificate_fields.h"

namespace certconnector::registration {
namespace {

namespace failure = core::failure;

// Active Directory's names know no case.
bool same_template(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::optional<core::Failed> check_template(const EntitlementQuery& query,
                                           const std::optional<std::string>& permitted) {
  if (permitted) {
    if (same_template(*permitted, query.template_name)) return std::nullopt;
    return core::failed(failure::kUnknownTemplate,
                        "The request is for the template \"" + query.template_name +
                            "\", and its right is for \"" + *permitted + "\".");
  }
  const bool allowed =
      std::any_of(query.templates.begin(), query.templates.end(),
                  [&](const std::string& one) { return same_template(one, query.template_name); });
  if (allowed) return std::nullopt;
  return core::failed(failure::kUnknownTemplate, "The template \"" + query.template_name +
                                                     "\" is none of the service " + query.service +
                                                     "; name it in its section [scep." +
                                                     query.service + "] to allow it.");
}

// What every right ends with: the template, and whether the request says what the right says.
EntitlementAnswer complete(const EntitlementQuery& query, Entitlement right,
                           const std::optional<std::string>& permitted_template) {
  if (auto wrong = check_template(query, permitted_template)) return std::move(*wrong);
  core::IssueRequest issue;
  issue.expected = right.content;
  issue.sid = right.sid;
  if (auto wrong = core::compare_request(issue, query.request)) return std::move(*wrong);
  return right;
}

EntitlementAnswer by_certificate(const EntitlementQuery& query, RenewalPermit permit) {
  Entitlement right;
  // The same certificate may ask for another one once for each new key.
  Bytes name = query.signing_certificate.to_bytes();
  const ByteView key = query.request.public_key_info();
  name.insert(name.end(), key.begin(), key.end());
  right.name = crypto::sha256(name);
  right.content = std::move(permit.content);
  right.sid = std::move(permit.sid);
  return complete(
      query, std::move(right),
      permit.template_name.empty() ? std::nullopt : std::make_optional(permit.template_name));
}

EntitlementAnswer by_challenge(const EntitlementQuery& query, Timestamp now) {
  const std::string password = query.request.challenge_password().value_or("");
  const ChallengeQuery asked{query.service, password, query.request, query.transaction_id,
                             query.template_name};
  if (!query.may_wait && query.check.waits(asked)) return MustWait{};
  auto answer = query.check.check(asked, now);
  if (auto* refused = std::get_if<core::Failed>(&answer)) return std::move(*refused);
  if (auto* unknown = std::get_if<CannotCheck>(&answer)) return std::move(*unknown);
  auto& permit = std::get<Permit>(answer);
  Entitlement right;
  right.name = crypto::sha256(as_bytes(permit.id));
  if (permit.single_use) right.challenge = permit.id;
  right.remember_until = permit.not_after;
  if (permit.not_after != Timestamp::max()) right.ends = permit.not_after;
  right.device = std::move(permit.device);
  right.content = std::move(permit.expected);
  right.sid = std::move(permit.sid);
  return complete(query, std::move(right), permit.template_name);
}

RenewalAnswer ask_for_renewal(const EntitlementQuery& query,
                              const crypto::CertificateFields& signer, Timestamp now) {
  if (query.ca.issuer) {
    return check_renewal(*query.ca.issuer, query.signing_certificate, signer, query.renewal, now);
  }
  return check_renewal(query.ca.certificate, query.signing_certificate, signer, query.renewal, now);
}

}  // namespace

EntitlementAnswer find_entitlement(const EntitlementQuery& query, Timestamp now) {
  if (query.signing_certificate.empty()) return by_challenge(query, now);
  const auto signer = crypto::parse_certificate_fields(query.signing_certificate);
  if (!signer.ok()) {
    return core::failed(failure::kMalformedRequest,
                        "The certificate that signs the request cannot be read.");
  }
  auto renewal = ask_for_renewal(query, *signer, now);
  if (auto* permit = std::get_if<RenewalPermit>(&renewal)) {
    return by_certificate(query, std::move(*permit));
  }
  // A device that signs with the key it asks for may enrol anew as well, with a challenge.
  const bool enrolls = signer->public_key_info == query.request.public_key_info() &&
                       !query.request.challenge_password().value_or("").empty();
  if (enrolls) return by_challenge(query, now);
  if (auto* refused = std::get_if<core::Failed>(&renewal)) return std::move(*refused);
  return core::failed(failure::kRenewalNotAllowed,
                      "The certificate that asks for its renewal is not of the issuing CA.");
}

}  // namespace certconnector::registration
