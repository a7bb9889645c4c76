#include "proto/control/envelope.h"

#include <gtest/gtest.h>

#include "proto/control/errors.h"

namespace certconnector::control_proto {
namespace {

TEST(Envelope, OfARequestComesBackAsItWas) {
  const auto request =
      decode_request(encode_request({"jobs.list", R"({"limit":5,"state":"failed"})"}));
  ASSERT_TRUE(request.ok()) << request.error().message();
  EXPECT_EQ(request->command, "jobs.list");
  EXPECT_EQ(request->arguments, R"({"limit":5,"state":"failed"})");
}

TEST(Envelope, OfAnAnswerComesBackAsItWas) {
  const auto answer = decode_answer(encode_answer({std::nullopt, R"({"state":"paused"})"}));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_FALSE(answer->error.has_value());
  EXPECT_EQ(answer->result, R"({"state":"paused"})");
}

TEST(Envelope, OfAnErrorComesBackAsItWas) {
  const auto answer =
      decode_answer(encode_answer({Problem{"no_such_job", "no job \"x\"", "list them"}, "{}"}));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  ASSERT_TRUE(answer->error.has_value());
  EXPECT_EQ(answer->error->code, "no_such_job");
  EXPECT_EQ(answer->error->message, "no job \"x\"");
  EXPECT_EQ(answer->error->remedy, "list them");
}

TEST(Envelope, OfAnAnswerMayHoldWhatANewerAgentAdds) {
  const auto answer =
      decode_answer(R"({"version":1,"ok":true,"result":{},"served_by":"certconnectord 9"})");
  EXPECT_TRUE(answer.ok());
}

TEST(Envelope, WithOctetsThatAreNotUtf8IsStillSent) {
  const auto answer = decode_answer(encode_answer({Problem{"failed", "\xFF\xFE", ""}, "{}"}));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->error->message, "\uFFFD\uFFFD");
}

struct BadText {
  const char* what;
  const char* text;
  ControlErrc expected;
};

class InvalidRequest : public ::testing::TestWithParam<BadText> {};

TEST_P(InvalidRequest, NamesTheReason) {
  const auto request = decode_request(GetParam().text);
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().code(), error_code(GetParam().expected)) << request.error().message();
  EXPECT_EQ(request.error().kind(), ErrorKind::permanent);
}

constexpr auto kBad = ControlErrc::bad_message;

INSTANTIATE_TEST_SUITE_P(
    Texts, InvalidRequest,
    ::testing::Values(
        BadText{"not_json", "hello", kBad}, BadText{"empty_text", "", kBad},
        BadText{"array", "[]", kBad}, BadText{"number", "1", kBad},
        BadText{"no_version", R"({"command":"status","arguments":{}})", kBad},
        BadText{"version_is_text", R"({"version":"1","command":"status","arguments":{}})", kBad},
        BadText{"version_0", R"({"version":0,"command":"status","arguments":{}})",
                ControlErrc::unsupported_version},
        BadText{"version_2_with_other_members", R"({"version":2,"verb":"status"})",
                ControlErrc::unsupported_version},
        BadText{"no_command", R"({"version":1,"arguments":{}})", kBad},
        BadText{"empty_command", R"({"version":1,"command":"","arguments":{}})", kBad},
        BadText{"command_with_odd_characters", R"({"version":1,"command":"a b","arguments":{}})",
                kBad},
        BadText{"no_arguments", R"({"version":1,"command":"status"})", kBad},
        BadText{"arguments_are_an_array", R"({"version":1,"command":"status","arguments":[]})",
                kBad},
        BadText{"repeated_key", R"({"version":1,"command":"a","command":"b","arguments":{}})",
                kBad},
        BadText{"unknown_member", R"({"version":1,"command":"a","arguments":{},"more":1})", kBad},
        BadText{"comment", R"({"version":1,/**/"command":"a","arguments":{}})", kBad},
        BadText{"text_after_it", R"({"version":1,"command":"a","arguments":{}}{})", kBad},
        BadText{"byte_order_mark", "\xEF\xBB\xBF{\"version\":1,\"command\":\"a\",\"arguments\":{}}",
                kBad},
        BadText{"not_utf8", "{\"version\":1,\"command\":\"a\xFF\",\"arguments\":{}}", kBad}),
    [](const auto& row) { return std::string(row.param.what); });

class InvalidAnswer : public ::testing::TestWithParam<BadText> {};

TEST_P(InvalidAnswer, NamesTheReason) {
  const auto answer = decode_answer(GetParam().text);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), error_code(GetParam().expected)) << answer.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Texts, InvalidAnswer,
    ::testing::Values(BadText{"not_json", "HTTP/1.1 400", kBad},
                      BadText{"version_0", R"({"version":0})", ControlErrc::unsupported_version},
                      BadText{"no_ok", R"({"version":1,"result":{}})", kBad},
                      BadText{"ok_without_result", R"({"version":1,"ok":true})", kBad},
                      BadText{"result_is_text", R"({"version":1,"ok":true,"result":"x"})", kBad},
                      BadText{"refusal_without_error", R"({"version":1,"ok":false})", kBad},
                      BadText{"error_without_code",
                              R"({"version":1,"ok":false,"error":{"message":"x"}})", kBad}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(Envelope, NestedTooDeepIsRefusedAndDoesNotOverflowTheStack) {
  const std::string deep(100000, '[');
  EXPECT_FALSE(decode_request(R"({"version":1,"command":"a","arguments":)" + deep).ok());
}

}  // namespace
}  // namespace certconnector::control_proto
