#include "agent/enrollment/endpoint_check.h"

#include <utility>

#include "agent/core/failure_codes.h"
#include "agent/core/request_check.h"
#include "agent/core/security_identifier.h"
#include "common/text/without.h"

namespace certconnector::enrollment {
namespace {

// For steps of the wall clock: the ledger must remember a used challenge while it is valid.
constexpr Duration kMargin{std::chrono::minutes(1)};

// Sets every field: the request must have nothing that the endpoint does not name.
core::ExpectedContent all_of(core::ExpectedContent content) {
  if (!content.subject) content.subject.emplace();
  if (!content.subject_alt_names) content.subject_alt_names.emplace();
  if (!content.key_usage) content.key_usage = 0;
  if (!content.extended_key_usage) content.extended_key_usage.emplace();
  return content;
}

// Only codes of challenges: with others, clients could read the endpoint's text.
const core::FailureCode& known_code(const std::string& code) {
  constexpr std::string_view kFamily = "challenge_";
  const core::FailureCode* known = core::find_failure_code(code);
  const bool of_challenges = known != nullptr && code.compare(0, kFamily.size(), kFamily) == 0;
  return of_challenges ? *known : core::failure::kChallengeRefused;
}

// Names no challenge and no device.
Denied refused_by_endpoint(const core::ChallengeDenied& denial, std::string_view password) {
  std::string words = text::without(password, denial.message);
  if (!words.empty()) words = ": " + words;
  return {core::failed(known_code(denial.code), "The management endpoint denied the challenge (" +
                                                    text::without(password, denial.code) + ")" +
                                                    words)};
}

Denied refused_after_all(const core::ChallengeAccepted& grant, core::Failed reason) {
  reason.message += " (challenge " + grant.id + ", device " + grant.device + ")";
  return {std::move(reason), grant.id, grant.device};
}

CheckAnswer granted(core::ChallengeAccepted grant, const ChallengeQuery& query, Timestamp now) {
  if (grant.good_for <= Duration(0)) {
    return refused_after_all(
        grant, core::failed(core::failure::kChallengeExpired,
                            "The management endpoint says that the challenge has expired."));
  }
  if (grant.sid && !core::is_security_identifier(*grant.sid)) {
    return refused_after_all(grant,
                             core::failed(core::failure::kChallengeMalformed,
                                          "The management endpoint returned an invalid SID."));
  }
  core::IssueRequest issue;
  issue.expected = all_of(std::move(grant.expected));
  issue.sid = grant.sid;
  if (auto wrong = core::compare_request(issue, query.request)) {
    return refused_after_all(grant, std::move(*wrong));
  }
  ChallengeAuthorization authorization;
  authorization.id = std::move(grant.id);
  authorization.device = std::move(grant.device);
  authorization.template_name = std::move(grant.template_name);
  authorization.expected = std::move(issue.expected);
  authorization.sid = std::move(grant.sid);
  authorization.not_after = now + grant.good_for + kMargin;
  return authorization;
}

}  // namespace

bool EndpointCheck::waits(const ChallengeQuery& query) const { return !query.password.empty(); }

CheckAnswer EndpointCheck::check(const ChallengeQuery& query, Timestamp now) const {
  if (query.password.empty()) {
    return Denied{core::failed(core::failure::kChallengeMissing,
                               "The request carries no challenge password.")};
  }
  auto verdict =
      validation_pool_.ask({std::string(query.service), std::string(query.transaction_id),
                            query.request.der().to_bytes(), std::string(query.template_name)});
  if (!verdict.ok()) return Unavailable{text::without(query.password, verdict.error().message())};
  if (auto* grant = std::get_if<core::ChallengeAccepted>(&*verdict)) {
    return granted(std::move(*grant), query, now);
  }
  if (const auto* denial = std::get_if<core::ChallengeDenied>(&*verdict)) {
    return refused_by_endpoint(*denial, query.password);
  }
  const std::string why =
      text::without(query.password, std::get<core::VerdictUnavailable>(*verdict).message);
  return Unavailable{"the management endpoint cannot tell now whether the challenge is good" +
                     (why.empty() ? std::string() : ": " + why)};
}

}  // namespace certconnector::enrollment
