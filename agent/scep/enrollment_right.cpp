#include "agent/scep/enrollment_right.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"

namespace certconnector::scep {
namespace {

namespace failure = core::failure;

// The template, and whether the request says what the right says; the last step for every right.
RightAnswer complete(const RightQuery& query, EnrollmentRight right,
                     const std::optional<std::string>& wanted_template) {
  const auto usage = query.request.key_usage();
  if (!usage.ok()) return core::unreadable_request(usage.error());
  const auto chosen = choose_template(wanted_template, query.service.settings().templates, *usage);
  if (!chosen) {
    return core::failed(failure::kUnknownTemplate,
                        "The service " + query.service.settings().name +
                            " has no template for this key usage; set signature_template, "
                            "encryption_template or general_template in its section.");
  }
  right.template_name = *chosen;
  core::IssueRequest issue;
  issue.expected = right.content;
  issue.sid = right.sid;
  if (auto wrong = core::compare_request(issue, query.request)) return std::move(*wrong);
  return right;
}

RightAnswer by_certificate(const RightQuery& query, registration::RenewalPermit permit) {
  EnrollmentRight right;
  // The same certificate may ask for another one once for each new key.
  Bytes name = query.signer.certificate.to_bytes();
  const ByteView key = query.request.public_key_info();
  name.insert(name.end(), key.begin(), key.end());
  right.name = crypto::sha256(name);
  right.content = std::move(permit.content);
  right.sid = std::move(permit.sid);
  return complete(
      query, std::move(right),
      permit.template_name.empty() ? std::nullopt : std::make_optional(permit.template_name));
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
  const registration::ChallengeQuery asked{query.service.settings().name, password, query.request,
                                           query.transaction_id, template_name};
  const registration::ChallengeCheck& check = query.service.challenge_check();
  if (!query.may_wait && check.waits(asked)) return registration::MustWait{};
  auto answer = check.check(asked, now);
  if (auto* refused = std::get_if<core::Failed>(&answer)) return std::move(*refused);
  if (auto* unknown = std::get_if<registration::CannotCheck>(&answer)) return std::move(*unknown);
  auto& permit = std::get<registration::Permit>(answer);
  EnrollmentRight right;
  right.name = crypto::sha256(as_bytes(permit.id));
  if (permit.single_use) right.challenge = permit.id;
  right.remember_until = permit.not_after;
  right.device = std::move(permit.device);
  right.content = std::move(permit.expected);
  right.sid = std::move(permit.sid);
  return complete(query, std::move(right), permit.template_name);
}

}  // namespace

bool is_guess(const core::Failed& refusal) {
  static constexpr std::array<const core::FailureCode*, 5> kGuesses{
      &failure::kChallengeMissing, &failure::kChallengeWrong, &failure::kChallengeMalformed,
      &failure::kChallengeUntrusted, &failure::kChallengeBadSignature};
  return std::any_of(kGuesses.begin(), kGuesses.end(),
                     [&](const core::FailureCode* code) { return code->name == refusal.code; });
}

RightAnswer find_right(const RightQuery& query, Timestamp now) {
  const bool own_key = query.request.public_key_info() == query.signer.fields.public_key_info;
  auto renewal =
      registration::check_renewal(query.issuer, query.signer.certificate, query.signer.fields,
                                  query.service.settings().renewal, now);
  if (auto* permit = std::get_if<registration::RenewalPermit>(&renewal)) {
    return by_certificate(query, std::move(*permit));
  }
  if (auto* refused = std::get_if<core::Failed>(&renewal)) {
    // A device that still has a certificate may enrol anew as well, with a challenge.
    const bool enrolls = own_key && !query.request.challenge_password().value_or("").empty();
    if (!enrolls) return std::move(*refused);
  } else if (query.type == MessageType::renewal_req) {
    return core::failed(failure::kRenewalNotAllowed,
                        "The certificate that asks for its renewal is not of this CA.");
  }
  if (!own_key) {
    return core::failed(failure::kBadSignature,
                        "The key that signs the SCEP message is not the one that it asks a "
                        "certificate for.");
  }
  return by_challenge(query, now);
}

}  // namespace certconnector::scep
