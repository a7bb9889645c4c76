#include "tests/endpoint/challenge_check.h"

#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "common/text/hex.h"
#include "common/time/rfc3339.h"
#include "tests/endpoint/challenge_claims.h"
#include "tests/endpoint/fields.h"
#include "tests/endpoint/strict_json.h"

namespace certconnector::endpoint {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDeviceRequest = std::size_t{64} * 1024;
constexpr std::size_t kMaxQuestionText = std::size_t{4} * 256;  // octets

json verdict_of(const std::string& request_id, Timestamp now, const char* verdict) {
  return {{"request_id", request_id}, {"server_time", to_rfc3339(now)}, {"verdict", verdict}};
}

Response answer_of(const json& verdict) { return json_response(dump_json(verdict)); }

Timestamp claimed_time(const json& claims, const char* member) {
  return Timestamp(std::chrono::seconds(claims.at(member).get<std::int64_t>()));
}

// "cch1.", the payload and its signature, both in base64.
struct TokenParts {
  std::string payload;
  Bytes signature;
};

std::optional<TokenParts> take_apart(const std::string& challenge) {
  constexpr std::string_view kPrefix = "cch1.";
  const auto dot = challenge.rfind('.');
  if (challenge.compare(0, kPrefix.size(), kPrefix) != 0 || dot < kPrefix.size()) return {};
  const auto payload =
      text::from_base64(std::string_view(challenge).substr(kPrefix.size(), dot - kPrefix.size()));
  const auto signature = text::from_base64(std::string_view(challenge).substr(dot + 1));
  if (!payload || !signature) return {};
  return TokenParts{std::string(as_text(*payload)), *signature};
}

}  // namespace

Response ChallengeCheck::check(const json& body) {
  Fields fields(body);
  const std::string id = fields.text("request_id", 36, 36, Alphabet::identifier);
  const std::string service = fields.text("service", 1, kMaxQuestionText);
  static_cast<void>(fields.text("transaction_id", 0, kMaxQuestionText));
  static_cast<void>(fields.optional_text("template", kMaxQuestionText));
  const Bytes pkcs10 = fields.base64("pkcs10", kMaxDeviceRequest);
  if (!fields.ok()) return problem(400, "bad_request", fields.complaint());
  const Timestamp now = clock_.now();
  if (faults_.roll(faults_.plan().defer_challenges_percent)) {
    json answer = verdict_of(id, now, "not_now");
    answer["message"] = "a fault on demand: challenges cannot be checked now";
    return answer_of(answer);
  }
  json claims;
  std::optional<Denied> refusal;
  const auto request = read_device_request(pkcs10);
  if (faults_.roll(faults_.plan().refuse_challenges_percent)) {
    refusal = Denied{"challenge_refused", "a fault on demand: challenges are refused"};
  } else if (!request) {
    refusal = Denied{"malformed_request", request.error().message()};
  } else {
    refusal = read(request->challenge, claims);
    if (!refusal) refusal = judge(claims, service, *request);
  }
  json answer = verdict_of(id, now, refusal ? "refused" : "permitted");
  if (refusal) {
    answer["refusal"] = {{"code", refusal->code}, {"message", refusal->message}};
  } else {
    answer["permit"] = permit_of(claims);
  }
  return answer_of(answer);
}

std::optional<ChallengeCheck::Denied> ChallengeCheck::read(const std::string& challenge,
                                                           json& claims) const {
  if (challenge.empty()) return Denied{"challenge_missing", "there is no challenge in the request"};
  const auto parts = take_apart(challenge);
  auto payload = parts ? parse_json(parts->payload) : Result<json>(json());
  if (!payload || !payload->is_object() || !payload->contains("kid")) {
    return Denied{"challenge_malformed", "this is no challenge of this endpoint"};
  }
  const json& key_id = payload->at("kid");
  if (!key_id.is_string() || !mint_.knows(key_id.get<std::string>())) {
    return Denied{"challenge_untrusted",
                  "the challenge is signed with a key of somebody else, or "
                  "one that was rolled away"};
  }
  if (!mint_.has_signed(key_id.get<std::string>(), parts->payload, parts->signature)) {
    return Denied{"challenge_bad_signature", "the challenge was changed after it was minted"};
  }
  // The endpoint signed these claims, so they have the form that the endpoint makes.
  claims = std::move(*payload);
  return std::nullopt;
}

std::optional<ChallengeCheck::Denied> ChallengeCheck::judge(const json& claims,
                                                            const std::string& service,
                                                            const DeviceRequest& request) const {
  if (claims.at("aud") != service) {
    return Denied{"challenge_wrong_service",
                  "the challenge is for the service " + claims.at("aud").get<std::string>()};
  }
  if (clock_.now() < claimed_time(claims, "nbf")) {
    return Denied{"challenge_not_yet_valid",
                  "the challenge is valid from " + to_rfc3339(claimed_time(claims, "nbf"))};
  }
  if (clock_.now() >= claimed_time(claims, "exp")) {
    return Denied{"challenge_expired",
                  "the challenge expired at " + to_rfc3339(claimed_time(claims, "exp"))};
  }
  const auto bound = text::from_base64(claims.value("spki", ""));
  const bool other_key =
      claims.contains("spki") && (!bound || text::to_hex(*bound) != request.key_sha256);
  const bool small_key = claims.contains("kty") && (claims.at("kty") != request.key_kind ||
                                                    claims.at("kbits") > request.key_bits);
  if (other_key || small_key) {
    return Denied{"challenge_key_mismatch",
                  "the request's key is not one that the challenge takes"};
  }
  return std::nullopt;
}

}  // namespace certconnector::endpoint
