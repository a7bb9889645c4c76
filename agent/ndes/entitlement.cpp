#include "agent/ndes/entitlement.h"

#include <algorithm>
#include <utility>

#include "agent/core/failure_codes.h"
#include "common/crypto/certificate_fields.h"
#include "common/text/letter_case.h"

namespace certconnector::ndes {
namespace {

namespace failure = core::failure;

// Active Directory's names know no case.
std::optional<core::Failed> check_template(const EntitlementQuery& query,
                                           const std::optional<std::string>& permitted) {
  if (permitted) {
    if (text::equal_ignoring_case(*permitted, query.template_name)) return std::nullopt;
    return core::failed(core::failure::kUnknownTemplate,
                        "The request is for the template \"" + query.template_name +
                            "\", and its right is for \"" + *permitted + "\".");
  }
  const bool allowed = std::any_of(
      query.templates.begin(), query.templates.end(),
      [&](const std::string& one) { return text::equal_ignoring_case(one, query.template_name); });
  if (allowed) return std::nullopt;
  return core::failed(core::failure::kUnknownTemplate,
                      "The template \"" + query.template_name + "\" is none of the service " +
                          query.service + "; name it in its section [scep." + query.service +
                          "] to allow it.");
}

// What such an attribute names is in no field that is compared here.
std::optional<core::Failed> check_attributes(const crypto::Pkcs10& request) {
  if (!request.has_name_value_pair()) return std::nullopt;
  return core::failed(core::failure::kExtensionNotAllowed,
                      "The request carries a Microsoft enrolment name-value pair "
                      "(1.3.6.1.4.1.311.13.2.1), by which an AD CS may be told to certify other "
                      "names; make it without this attribute.");
}

enrollment::RightAnswer complete(const EntitlementQuery& query, enrollment::GrantedRight right) {
  if (auto wrong = check_attributes(query.request)) {
    return enrollment::refusal_of(right, std::move(*wrong));
  }
  if (auto wrong = check_template(query, right.template_name)) {
    return enrollment::refusal_of(right, std::move(*wrong));
  }
  right.template_name = query.template_name;
  return enrollment::confirm(std::move(right), query.request);
}

enrollment::RightAnswer by_challenge(const EntitlementQuery& query, Timestamp now) {
  const std::string password = query.request.challenge_password().value_or("");
  const enrollment::ChallengeQuery asked{query.service, password, query.request,
                                         query.transaction_id, query.template_name};
  auto answer = enrollment::right_by_challenge(query.check, asked, query.may_wait, now);
  if (auto* right = std::get_if<enrollment::GrantedRight>(&answer))
    return complete(query, std::move(*right));
  return answer;
}

enrollment::RenewalAnswer ask_for_renewal(const EntitlementQuery& query,
                                          const crypto::CertificateFields& signer, Timestamp now) {
  if (query.ca.issuer) {
    return enrollment::check_renewal(*query.ca.issuer, query.signing_certificate, signer,
                                     query.renewal, now);
  }
  return enrollment::check_renewal(query.ca.certificate, query.signing_certificate, signer,
                                   query.renewal, now);
}

// Nothing: the signer's certificate is not of this CA.
std::optional<enrollment::RightAnswer> by_certificate(const EntitlementQuery& query,
                                                      const crypto::CertificateFields& signer,
                                                      Timestamp now) {
  auto renewal = ask_for_renewal(query, signer, now);
  if (auto* permit = std::get_if<enrollment::RenewalPermit>(&renewal)) {
    return complete(query, enrollment::right_by_certificate(
                               std::move(*permit), query.signing_certificate, query.request));
  }
  if (auto* refused = std::get_if<core::Failed>(&renewal))
    return enrollment::Refusal{std::move(*refused)};
  if (auto* unknown = std::get_if<enrollment::CannotCheck>(&renewal)) return std::move(*unknown);
  return std::nullopt;
}

}  // namespace

enrollment::RightAnswer find_entitlement(const EntitlementQuery& query, Timestamp now) {
  if (query.signing_certificate.empty()) return by_challenge(query, now);
  const auto signer = crypto::parse_certificate_fields(query.signing_certificate);
  if (!signer.ok()) {
    return enrollment::Refusal{
        core::failed(core::failure::kMalformedRequest,
                     "The certificate that signs the request cannot be read.")};
  }
  auto renewal = by_certificate(query, *signer, now);
  if (renewal && !std::holds_alternative<enrollment::Refusal>(*renewal)) return std::move(*renewal);
  // A device that signs with the key it asks for may enrol anew as well, with a challenge.
  const bool enrolls = signer->public_key_info == query.request.public_key_info() &&
                       !query.request.challenge_password().value_or("").empty();
  if (enrolls) return by_challenge(query, now);
  if (renewal) return std::move(*renewal);
  return enrollment::Refusal{
      core::failed(core::failure::kRenewalNotAllowed,
                   "The certificate that asks for its renewal is not of the issuing CA.")};
}

}  // namespace certconnector::ndes
