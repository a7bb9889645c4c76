#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "proto/json/fields.h"
#include "proto/json/json.h"
#include "proto/management/codec.h"
#include "proto/management/expected_content.h"

namespace certconnector::management {
namespace {

using json::Field;
using json::ObjectReader;
using json::TextRule;

constexpr json::Limits kLimits = {kMaxChallengeAnswer, 8, 2000};
constexpr TextRule kDevice = {1, 128};
constexpr TextRule kWords = {0, 4096, nullptr, {}, true};
constexpr TextRule kRefusalCode = {
    1, 64, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; },
    "a-z 0-9 _"};

enum class Verdict { permitted, refused, not_now };

ChallengePermit read_permit(const Field& field, Timestamp server_time) {
  ChallengePermit permit;
  auto reader = field.object();
  if (!reader) return permit;
  permit.challenge_id = reader->required("challenge_id").text(json::kId).value_or("");
  permit.device = reader->optional("device").text(kDevice).value_or("");
  permit.template_name = reader->optional("template").text(kTemplate);
  permit.expected = read_expected(reader->optional("expected"));
  permit.sid = read_sid(reader->optional("sid"));
  const Field expires = reader->required("expires_at");
  permit.expires_at = expires.time().value_or(server_time);
  if (permit.expires_at - server_time > kLongestChallenge) {
    expires.problem("is more than 366 days away");
  }
  reader->refuse_others();
  return permit;
}

ChallengeRefusal read_refusal(const Field& field) {
  ChallengeRefusal refusal;
  auto reader = field.object();
  if (!reader) return refusal;
  refusal.code = reader->required("code").text(kRefusalCode).value_or("");
  refusal.message = reader->optional("message").text(kWords).value_or("");
  return refusal;
}

// Members of another verdict must not stand beside it.
void read_verdict(ObjectReader& reader, ChallengeAnswer& answer) {
  const auto verdict =
      reader.required("verdict").choice<Verdict>({{"permitted", Verdict::permitted},
                                                  {"refused", Verdict::refused},
                                                  {"not_now", Verdict::not_now}});
  const bool permitted = verdict == Verdict::permitted;
  const bool refused = verdict == Verdict::refused;
  const Field permit = permitted ? reader.required("permit") : reader.optional("permit");
  const Field refusal = refused ? reader.required("refusal") : reader.optional("refusal");
  const Field message = reader.optional("message");
  if (!permitted && permit.present()) permit.problem("goes with permitted alone");
  if (!refused && refusal.present()) refusal.problem("goes with refused alone");
  if (permitted) {
    answer.verdict = read_permit(permit, answer.server_time);
  } else if (refused) {
    answer.verdict = read_refusal(refusal);
  } else {
    answer.verdict = ChallengeDeferral{message.text(kWords).value_or("")};
  }
}

}  // namespace

std::string encode_challenge_question(const ChallengeQuestion& question) {
  nlohmann::json body = {{"request_id", question.request_id},
                         {"service", question.service},
                         {"transaction_id", question.transaction_id},
                         {"pkcs10", text::to_base64(question.pkcs10)}};
  if (!question.template_name.empty()) body["template"] = question.template_name;
  return json::dump(body);
}

Result<ChallengeAnswer> decode_challenge_answer(std::string_view body,
                                                const std::string& request_id) {
  auto value = json::parse(body, kLimits);
  if (!value) return Error(value.error()).with_context("challenge answer");
  json::Problems problems;
  ObjectReader reader(*value, problems);
  ChallengeAnswer answer;
  const auto echo = reader.required("request_id").text(json::kId);
  answer.server_time = reader.required("server_time").time().value_or(Timestamp());
  read_verdict(reader, answer);
  CC_TRY(problems.status("challenge answer"));
  if (echo != request_id) {
    return Error(ManagementErrc::not_what_was_asked, ErrorKind::permanent,
                 "challenge answer: request_id: is not that of the question");
  }
  return answer;
}

}  // namespace certconnector::management
