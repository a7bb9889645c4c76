#include "proto/registration/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "common/text/base64.h"
#include "proto/json/json.h"

namespace certconnector::registration_wire {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

const std::string kSecret = "Secret-42";

Json verify_request() {
  return {{"pkcs10", "MAA="},
          {"signing_certificate", "MAE="},
          {"template", "Device"},
          {"transaction_id", "T-1"}};
}

Json notification() {
  return {{"challenge", kSecret},
          {"transaction_id", "T-1"},
          {"disposition", "success"},
          {"hresult", -2147024891},
          {"certificate", "MAA="}};
}

TEST(RegistrationCodec, ReadsWhatThePolicyModuleSays) {
  const auto challenge =
      decode_challenge_request(R"({"template":"Device","parameters":"for=laptop"})");
  ASSERT_TRUE(challenge.ok());
  EXPECT_EQ(challenge->template_name, "Device");
  EXPECT_EQ(challenge->parameters, "for=laptop");

  const auto verify = decode_verify_request(verify_request().dump());
  ASSERT_TRUE(verify.ok());
  EXPECT_EQ(verify->pkcs10, (Bytes{0x30, 0x00}));
  EXPECT_EQ(verify->signing_certificate, (Bytes{0x30, 0x01}));
  EXPECT_EQ(verify->template_name, "Device");
  EXPECT_EQ(verify->transaction_id, "T-1");

  const auto told = decode_notification(notification().dump());
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->challenge, kSecret);
  EXPECT_EQ(told->disposition, Disposition::success);
  EXPECT_EQ(told->hresult, -2147024891);
  EXPECT_EQ(told->certificate, (Bytes{0x30, 0x00}));
}

TEST(RegistrationCodec, ReadsEveryDisposition) {
  for (const auto& [name, disposition] :
       {std::pair("failure", Disposition::failure), std::pair("pending", Disposition::pending),
        std::pair("pending_challenge", Disposition::pending_challenge),
        std::pair("unknown", Disposition::unknown)}) {
    const auto told =
        decode_notification(Json{{"transaction_id", "T"}, {"disposition", name}}.dump());
    ASSERT_TRUE(told.ok()) << name;
    EXPECT_EQ(told->disposition, disposition);
  }
}

TEST(RegistrationCodec, RefusesAndQuotesNothing) {
  struct Row {
    const char* name;
    bool verifies;  // else it notifies
    std::function<void(Json&)> bend;
    const char* in_message;
  };
  const std::string too_large = text::to_base64(Bytes(kMaxPkcs10 + 1));
  const Row rows[] = {
      {"no request", true, [](Json& j) { j.erase("pkcs10"); }, "pkcs10: is missing"},
      {"not base64", true, [](Json& j) { j["pkcs10"] = kSecret; }, "pkcs10"},
      {"an empty request", true, [](Json& j) { j["pkcs10"] = ""; }, "pkcs10"},
      {"a request over the limit", true, [&](Json& j) { j["pkcs10"] = too_large; }, "pkcs10"},
      {"no transaction", true, [](Json& j) { j.erase("transaction_id"); }, "transaction_id"},
      {"a long transaction", true,
       [](Json& j) { j["transaction_id"] = std::string(kMaxTransactionId + 1, 'x'); },
       "transaction_id"},
      {"a transaction with a line break", true, [](Json& j) { j["transaction_id"] = "a\nb"; },
       "transaction_id"},
      {"no template", true, [](Json& j) { j["template"] = ""; }, "template"},
      {"an unknown member", true, [](Json& j) { j["service"] = kSecret; }, "service"},
      {"null for a certificate", true, [](Json& j) { j["signing_certificate"] = nullptr; },
       "signing_certificate"},
      {"success without a certificate", false, [](Json& j) { j.erase("certificate"); },
       "certificate"},
      {"failure with a certificate", false, [](Json& j) { j["disposition"] = "failure"; },
       "certificate"},
      {"a disposition by number", false, [](Json& j) { j["disposition"] = 0; }, "disposition"},
      {"a disposition of no kind", false, [](Json& j) { j["disposition"] = "maybe"; },
       "disposition"},
      {"an HRESULT over 32 bits", false, [](Json& j) { j["hresult"] = 4294967295; }, "hresult"},
      {"a long challenge", false,
       [](Json& j) { j["challenge"] = kSecret + std::string(kMaxChallenge, 'x'); }, "challenge"},
      {"a challenge and its digest", false,
       [](Json& j) { j["challenge_sha256"] = text::to_base64(Bytes(32, 7)); }, "challenge_sha256"},
      {"a short digest", false,
       [](Json& j) {
         j.erase("challenge");
         j["challenge_sha256"] = text::to_base64(Bytes(31, 7));
       },
       "challenge_sha256"},
      {"an unknown member of a notification", false, [](Json& j) { j["x"] = kSecret; }, "x"},
  };
  for (const Row& row : rows) {
    Json value = row.verifies ? verify_request() : notification();
    row.bend(value);
    std::optional<Error> error;
    if (row.verifies) {
      const auto read = decode_verify_request(value.dump());
      if (!read.ok()) error = read.error();
    } else {
      const auto read = decode_notification(value.dump());
      if (!read.ok()) error = read.error();
    }
    ASSERT_TRUE(error) << row.name;
    EXPECT_THAT(error->message(), HasSubstr(row.in_message)) << row.name;
    EXPECT_THAT(error->message(), Not(HasSubstr(kSecret))) << row.name;
  }
}

TEST(RegistrationCodec, RefusesWhatIsNoStrictJson) {
  const std::string large(kMaxBody + 1, ' ');
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{\"template\":\"a\",\"template\":\"b\"}"),
        std::string("{}{}"), large}) {
    EXPECT_FALSE(decode_challenge_request(text).ok());
    EXPECT_FALSE(decode_verify_request(text).ok());
    EXPECT_FALSE(decode_notification(text).ok());
  }
}

TEST(RegistrationCodec, WritesAnswers) {
  EXPECT_EQ(encode_verify_answer(std::nullopt), R"({"verified":true})");
  EXPECT_EQ(Json::parse(encode_verify_answer(Denied{"challenge_used", -5, "used"})),
            Json::parse(R"({"verified":false,"code":"challenge_used","hresult":-5,
                            "message":"used"})"));
  EXPECT_EQ(encode_notify_answer(Standing::issued), R"({"standing":"issued"})");
  EXPECT_EQ(encode_notify_answer(Standing::failed), R"({"standing":"failed"})");
  EXPECT_EQ(encode_notify_answer(Standing::pending), R"({"standing":"pending"})");
  EXPECT_EQ(encode_challenge_answer("abc"), R"({"challenge":"abc"})");
  EXPECT_EQ(Json::parse(encode_problem({403, "not_allowed", "no", {}})),
            Json::parse(R"({"type":"about:blank","title":"Forbidden","status":403,
                            "code":"not_allowed","detail":"no"})"));
}

TEST(RegistrationCodec, TheAgentReadsWhatTheModuleWrites) {
  const auto challenge = decode_challenge_request(encode_challenge_request({"Device", "for=x"}));
  ASSERT_TRUE(challenge.ok()) << challenge.error().message();
  EXPECT_EQ(challenge->template_name, "Device");
  EXPECT_EQ(challenge->parameters, "for=x");
  EXPECT_EQ(decode_challenge_request(encode_challenge_request({"Device", ""}))->parameters, "");

  const auto first = decode_verify_request(encode_verify_request({{1, 2}, {}, "Device", "T-1"}));
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_EQ(first->pkcs10, (Bytes{1, 2}));
  EXPECT_EQ(first->signing_certificate, Bytes());
  const auto renewal = decode_verify_request(encode_verify_request({{1}, {3, 4}, "Device", "T-2"}));
  ASSERT_TRUE(renewal.ok()) << renewal.error().message();
  EXPECT_EQ(renewal->signing_certificate, (Bytes{3, 4}));
  EXPECT_EQ(renewal->template_name, "Device");
  EXPECT_EQ(renewal->transaction_id, "T-2");

  Notification told{"", Bytes(32, 7), "T-1", Disposition::success, -5, {9}};
  auto read = decode_notification(encode_notification(told));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->challenge_sha256, Bytes(32, 7));
  EXPECT_EQ(read->hresult, -5);
  EXPECT_EQ(read->certificate, Bytes{9});
  for (const Disposition one : {Disposition::failure, Disposition::pending,
                                Disposition::pending_challenge, Disposition::unknown}) {
    told = {kSecret, {}, "T-1", one, 0, {}};
    read = decode_notification(encode_notification(told));
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(read->disposition, one);
    EXPECT_EQ(read->challenge, kSecret);
  }
}

TEST(RegistrationCodec, TheModuleReadsWhatTheAgentWrites) {
  EXPECT_EQ(decode_challenge_answer(encode_challenge_answer("abc")).value(), "abc");
  EXPECT_TRUE(decode_verify_answer(encode_verify_answer(std::nullopt))->verified);
  const auto denied =
      decode_verify_answer(encode_verify_answer(Denied{"challenge_used", -5, "It was used."}));
  ASSERT_TRUE(denied.ok()) << denied.error().message();
  EXPECT_FALSE(denied->verified);
  EXPECT_EQ(denied->denied.code, "challenge_used");
  EXPECT_EQ(denied->denied.hresult, -5);
  EXPECT_EQ(denied->denied.message, "It was used.");
  for (const Standing one : {Standing::issued, Standing::failed, Standing::pending}) {
    EXPECT_EQ(decode_notify_answer(encode_notify_answer(one)).value(), one);
  }
  const auto problem = decode_problem(encode_problem({404, "unsupported_version", "no", {1, 2}}));
  ASSERT_TRUE(problem.ok()) << problem.error().message();
  EXPECT_EQ(problem->status, 404U);
  EXPECT_EQ(problem->code, "unsupported_version");
  EXPECT_EQ(problem->detail, "no");
  EXPECT_EQ(problem->versions, (std::vector<unsigned>{1, 2}));
}

TEST(RegistrationCodec, AnAnswerOfANewerAgentMayHaveMoreMembers) {
  EXPECT_TRUE(decode_verify_answer(R"({"verified":true,"since":"3"})")->verified);
  EXPECT_EQ(
      decode_problem(R"({"status":404,"code":"x","versions":["v9","9","vX","v01"]})")->versions,
      std::vector<unsigned>{9});
}

// Fails closed: nothing but the answer itself says "verified".
TEST(RegistrationCodec, RefusesAnswersThatAreNone) {
  for (const char* text : {"", "true", "[]", "{}", R"({"verified":1})", R"({"verified":"true"})",
                           "<html>", R"({"verified":null})", R"({"verified":false})",
                           R"({"verified":true}{})", R"({"verified":false,"verified":true})",
                           R"({"verified":false,"code":"a b","hresult":0,"message":""})"}) {
    EXPECT_FALSE(decode_verify_answer(text).ok()) << text;
  }
  EXPECT_FALSE(decode_verify_answer(std::string(kMaxAnswer, ' ') + R"({"verified":true})").ok());
  EXPECT_FALSE(decode_challenge_answer(R"({"challenge":""})").ok());
  EXPECT_FALSE(decode_notify_answer(R"({"standing":"lost"})").ok());
  EXPECT_FALSE(decode_problem(R"({"status":99,"code":"x"})").ok());
}

TEST(RegistrationCodec, AVersionIsWrittenInOneWay) {
  EXPECT_EQ(parse_version(version_text(2)), 2U);
  for (const char* text : {"", "v", "2", "V2", "v02", "v2 ", "v-1", "v+2", "v99999999999"}) {
    EXPECT_EQ(parse_version(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace certconnector::registration_wire
