#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/crypto/pkcs10.h"
#include "common/time/rfc3339.h"
#include "proto/management/codec.h"

namespace certconnector::management {
namespace {

using ::testing::HasSubstr;
using ChallengeJson = nlohmann::json;

const std::string kQuestionId = "00000000-0000-4000-8000-000000000000";

ChallengeJson head_with(const std::string& verdict) {
  return {
      {"request_id", kQuestionId}, {"server_time", "2026-01-01T00:00:00Z"}, {"verdict", verdict}};
}

ChallengeJson permitted() {
  ChallengeJson answer = head_with("permitted");
  answer["permit"] = {{"challenge_id", "key:7"}, {"expires_at", "2026-01-01T01:00:00Z"}};
  return answer;
}

Result<ChallengeAnswer> decode(const ChallengeJson& answer) {
  return decode_challenge_answer(answer.dump(), kQuestionId);
}

TEST(ChallengeCodec, WritesTheQuestion) {
  EXPECT_EQ(ChallengeJson::parse(
                encode_challenge_question({kQuestionId, "phones", "T1", {0x30, 0x00}, "device"})),
            (ChallengeJson{{"request_id", kQuestionId},
                           {"service", "phones"},
                           {"transaction_id", "T1"},
                           {"pkcs10", "MAA="},
                           {"template", "device"}}));
  const auto without =
      ChallengeJson::parse(encode_challenge_question({kQuestionId, "s", "\xFF", {0x30}, ""}));
  EXPECT_FALSE(without.contains("template"));
  EXPECT_EQ(without.at("transaction_id"), "\xEF\xBF\xBD");
}

TEST(ChallengeCodec, ReadsAPermit) {
  ChallengeJson body = permitted();
  body["permit"].update({{"device", "device-7"},
                         {"template", "device"},
                         {"sid", "S-1-5-21-1-2-3-1001"},
                         {"expected",
                          {{"subject", "CN=phone"},
                           {"subject_alt_names", {{{"type", "dns"}, {"value", "phone.example"}}}},
                           {"key_usage", {"digitalSignature"}},
                           {"extended_key_usage", {"1.3.6.1.5.5.7.3.2"}}}}});
  body["news"] = "passed over";
  const auto answer = decode(body);
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(to_rfc3339(answer->server_time), "2026-01-01T00:00:00Z");
  const auto& permit = std::get<ChallengePermit>(answer->verdict);
  EXPECT_EQ(permit.challenge_id, "key:7");
  EXPECT_EQ(permit.device, "device-7");
  EXPECT_EQ(permit.template_name, "device");
  EXPECT_EQ(permit.sid, "S-1-5-21-1-2-3-1001");
  EXPECT_EQ(permit.expires_at - answer->server_time, std::chrono::hours(1));
  EXPECT_EQ(permit.expected.subject, "CN=phone");
  ASSERT_EQ(permit.expected.subject_alt_names->size(), 1U);
  EXPECT_EQ(permit.expected.key_usage, crypto::kDigitalSignature);
  EXPECT_EQ(permit.expected.extended_key_usage->front(), "1.3.6.1.5.5.7.3.2");
}

TEST(ChallengeCodec, WhatAPermitLacksIsNotSet) {
  const auto answer = decode(permitted());
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  const auto& permit = std::get<ChallengePermit>(answer->verdict);
  EXPECT_EQ(permit.device, "");
  EXPECT_FALSE(permit.template_name || permit.sid || permit.expected.subject ||
               permit.expected.subject_alt_names || permit.expected.key_usage ||
               permit.expected.extended_key_usage);
}

TEST(ChallengeCodec, ReadsADenialAndADeferral) {
  ChallengeJson body = head_with("refused");
  body["refusal"] = {{"code", "challenge_expired"}, {"message", "too\nlate"}};
  const auto refused = decode(body);
  ASSERT_TRUE(refused.ok()) << refused.error().message();
  EXPECT_EQ(std::get<ChallengeRefusal>(refused->verdict).code, "challenge_expired");
  EXPECT_EQ(std::get<ChallengeRefusal>(refused->verdict).message, "too\nlate");
  body = head_with("not_now");
  body["message"] = "the directory is away";
  const auto deferred = decode(body);
  ASSERT_TRUE(deferred.ok()) << deferred.error().message();
  EXPECT_EQ(std::get<ChallengeDeferral>(deferred->verdict).message, "the directory is away");
}

TEST(ChallengeCodec, RefusesWhatIsNoAnswer) {
  struct Row {
    const char* pointer;  // in permitted(); null: removed
    ChallengeJson value;
    const char* problem;
  };
  const Row rows[] = {
      {"/request_id", "11111111-0000-4000-8000-000000000000",
       "request_id: is not that of the question"},
      {"/request_id", nullptr, "request_id: is missing"},
      {"/server_time", nullptr, "server_time: is missing"},
      {"/verdict", nullptr, "verdict: is missing"},
      {"/verdict", "perhaps", "verdict: is none of permitted, refused, not_now"},
      {"/verdict", "refused", "permit: goes with permitted alone"},
      {"/verdict", "not_now", "permit: goes with permitted alone"},
      {"/permit", nullptr, "permit: is missing"},
      {"/permit", 17, "permit: is not an object"},
      {"/refusal", {{"code", "challenge_expired"}}, "refusal: goes with refused alone"},
      {"/permit/challenge_id", nullptr, "permit.challenge_id: is missing"},
      {"/permit/challenge_id", "a/b", "permit.challenge_id"},
      {"/permit/challenge_id", std::string(129, 'a'), "permit.challenge_id"},
      {"/permit/expires_at", nullptr, "permit.expires_at: is missing"},
      {"/permit/expires_at", "tomorrow", "permit.expires_at"},
      {"/permit/expires_at", "2027-01-03T00:00:00Z",
       "permit.expires_at: is more than 366 days away"},
      {"/permit/device", "", "permit.device"},
      {"/permit/device", std::string(129, 'd'), "permit.device"},
      {"/permit/template", "a b", "permit.template"},
      {"/permit/sid", "S-1", "permit.sid"},
      {"/permit/least_key", 4096, "permit.least_key"},
      {"/permit/expected", "CN=a", "permit.expected: is not an object"},
      {"/permit/expected/subjekt", "CN=a", "permit.expected.subjekt"},
  };
  for (const Row& row : rows) {
    const ChallengeJson::json_pointer at(row.pointer);
    ChallengeJson body = permitted();
    if (row.value.is_null()) {
      body.at(at.parent_pointer()).erase(at.back());
    } else {
      body[at] = row.value;
    }
    const auto answer = decode(body);
    ASSERT_FALSE(answer.ok()) << body;
    EXPECT_THAT(answer.error().message(), HasSubstr(row.problem));
  }
}

TEST(ChallengeCodec, RefusesABadDenialAndWhatIsTooLarge) {
  ChallengeJson body = head_with("refused");
  EXPECT_FALSE(decode(body).ok());
  body["refusal"] = {{"code", "Too late"}};
  EXPECT_FALSE(decode(body).ok());
  body["refusal"] = {{"message", "no code"}};
  EXPECT_FALSE(decode(body).ok());
  body = permitted();
  body["padding"] = std::string(kMaxChallengeAnswer, 'x');
  const auto large = decode(body);
  ASSERT_FALSE(large.ok());
  EXPECT_THAT(large.error().message(), HasSubstr("challenge answer"));
}

}  // namespace
}  // namespace certconnector::management
