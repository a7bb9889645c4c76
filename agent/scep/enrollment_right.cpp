#include "agent/scep/enrollment_right.h"

#include <optional>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"

namespace certconnector::scep {
namespace {

namespace failure = core::failure;

using enrollment::GrantedRight;
using enrollment::Refusal;
using enrollment::RightAnswer;

RightAnswer complete(const RightQuery& query, GrantedRight right) {
  const auto usage = query.request.key_usage();
  if (!usage.ok()) return refusal_of(right, core::unreadable_request(usage.error()));
  right.template_name =
      choose_template(right.template_name, query.service.settings().templates, *usage);
  if (!right.template_name) {
    return refusal_of(
        right, core::failed(failure::kUnknownTemplate,
                            "The service " + query.service.settings().name +
                                " has no template for this key usage; set signature_template, "
                                "encryption_template or general_template in its section."));
  }
  return confirm(std::move(right), query.request);
}

// The service's own; empty: it has none, or the request cannot be read.
std::string own_template(const RightQuery& query) {
  const auto usage = query.request.key_usage();
  if (!usage.ok()) return {};
  return choose_template({}, query.service.settings().templates, *usage).value_or("");
}

RightAnswer by_challenge(const RightQuery& query, Timestamp now) {
  const std::string password = query.request.challenge_password().value_or("");
  const std::string template_name = own_template(query);
  const enrollment::ChallengeQuery asked{query.service.settings().name, password, query.request,
                                         query.transaction_id, template_name};
  auto answer =
      enrollment::right_by_challenge(query.service.challenge_check(), asked, query.may_wait, now);
  if (auto* right = std::get_if<GrantedRight>(&answer)) return complete(query, std::move(*right));
  return answer;
}

// Nothing: the signer's certificate is not of this CA.
std::optional<RightAnswer> by_certificate(const RightQuery& query, Timestamp now) {
  auto renewal =
      enrollment::check_renewal(query.issuer, query.signer.certificate, query.signer.fields,
                                query.service.settings().renewal, now);
  if (auto* permit = std::get_if<enrollment::RenewalPermit>(&renewal)) {
    return complete(query, enrollment::right_by_certificate(
                               std::move(*permit), query.signer.certificate, query.request));
  }
  if (auto* refused = std::get_if<core::Failed>(&renewal)) return Refusal{std::move(*refused)};
  if (auto* unknown = std::get_if<enrollment::CannotCheck>(&renewal)) return std::move(*unknown);
  return std::nullopt;
}

}  // namespace

enrollment::RightAnswer find_right(const RightQuery& query, Timestamp now) {
  const bool own_key = query.request.public_key_info() == query.signer.fields.public_key_info;
  auto renewal = by_certificate(query, now);
  if (renewal && !std::holds_alternative<Refusal>(*renewal)) return std::move(*renewal);
  // A device that still has a certificate may enrol anew as well, with a challenge.
  const bool enrolls = own_key && !query.request.challenge_password().value_or("").empty();
  if (renewal && !enrolls) return std::move(*renewal);
  if (!renewal && query.type == MessageType::renewal_req) {
    return Refusal{core::failed(failure::kRenewalNotAllowed,
                                "The certificate that asks for its renewal is not of this CA.")};
  }
  if (!own_key) {
    return Refusal{core::failed(failure::kBadSignature,
                                "The key that signs the SCEP message is not the one that it asks a "
                                "certificate for.")};
  }
  return by_challenge(query, now);
}

}  // namespace certconnector::scep
