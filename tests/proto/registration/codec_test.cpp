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
  EXPECT_EQ(Json::parse(encode_problem({403, "not_allowed", "no"})),
            Json::parse(R"({"type":"about:blank","title":"Forbidden","status":403,
                            "code":"not_allowed","detail":"no"})"));
}

}  // namespace
}  // namespace certconnector::registration_wire
