#include "proto/json/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace certconnector::json {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(JsonParse, ReadsWhatRfc8259Allows) {
  const auto value =
      parse(" {\"a\": [1, -2, 3.5, true, null], \"\\u00e4\": \"\xF0\x9F\x98\x80\"}\r\n");
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ((*value)["a"].size(), 5U);
  EXPECT_EQ((*value)["a"][1], -2);
  EXPECT_EQ((*value)["\xC3\xA4"], "\xF0\x9F\x98\x80");
}

TEST(JsonParse, ReadsScalarsAtTheTop) {
  EXPECT_EQ(*parse("17"), 17);
  EXPECT_EQ(*parse("\"x\""), "x");
  EXPECT_TRUE(parse("null")->is_null());
}

TEST(JsonParse, KeepsOrderOfNestedContainers) {
  const auto value = parse(R"([[1,[2]],{"a":{"b":[{"c":3}]},"d":4},5])");
  ASSERT_TRUE(value);
  EXPECT_EQ(dump(*value), R"([[1,[2]],{"a":{"b":[{"c":3}]},"d":4},5])");
}

struct BadJson {
  const char* name;
  std::string text;
  const char* code;
};

const std::vector<BadJson>& bad_json() {
  static const std::vector<BadJson> kBadJson = {
      {"empty", "", "malformed"},
      {"byte_order_mark", "\xEF\xBB\xBF{}", "malformed"},
      {"comment", "{/* no */}", "malformed"},
      {"trailing_comma", "[1,]", "malformed"},
      {"text_after", "{} {}", "malformed"},
      {"nul_after", std::string("{}\0", 3), "malformed"},
      {"single_quotes", "{'a':1}", "malformed"},
      {"leading_zero", "01", "malformed"},
      {"plus_sign", "+1", "malformed"},
      {"not_a_number", "NaN", "malformed"},
      {"number_too_large", "1e999", "malformed"},
      {"raw_control_character", "\"a\nb\"", "malformed"},
      {"overlong_utf8", "\"\xC0\xAF\"", "malformed"},
      {"cut_utf8", "\"\xE2\x82\"", "malformed"},
      {"surrogate_in_utf8", "\"\xED\xA0\x80\"", "malformed"},
      {"beyond_unicode", "\"\xF4\x90\x80\x80\"", "malformed"},
      {"lone_surrogate_escape", "\"\\ud800\"", "malformed"},
      {"cut_string", "\"abc", "malformed"},
      {"cut_object", "{\"a\":", "malformed"},
      {"repeated_key", R"({"a":1,"b":{"c":1},"a":2})", "repeated_key"},
      {"repeated_key_deep", R"({"a":[{"c":1,"c":1}]})", "repeated_key"},
      {"repeated_key_by_escape", R"({"a":1,"\u0061":1})", "repeated_key"},
      {"too_deep", nested(65), "too_deep"},
      {"very_deep", nested(200000), "too_deep"},
      {"too_large", "\"" + std::string(5000000, 'x') + "\"", "too_large"},
  };
  return kBadJson;
}

TEST(JsonParse, RefusesEverythingElse) {
  for (const auto& row : bad_json()) {
    const auto value = parse(row.text);
    ASSERT_FALSE(value) << row.name;
    EXPECT_EQ(value.error().code().name, row.code) << row.name;
    EXPECT_EQ(value.error().kind(), ErrorKind::permanent) << row.name;
  }
}

TEST(JsonParse, TakesDepthAndValuesUpToTheirLimits) {
  EXPECT_TRUE(parse(nested(64)));
  const Limits limits{100, 2, 4};
  EXPECT_TRUE(parse("[1,2,3]", limits));
  EXPECT_EQ(parse("[1,2,3,4]", limits).error().code().name, "too_large");
  EXPECT_EQ(parse("[[[]]]", limits).error().code().name, "too_deep");
}

TEST(JsonParse, NeverQuotesTheText) {
  const auto value = parse("{\"password\":\"hunter2\" \"");
  ASSERT_FALSE(value);
  EXPECT_THAT(value.error().message(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(value.error().message(), HasSubstr("at octet"));
}

TEST(JsonDump, ReplacesWhatIsNotUtf8) { EXPECT_EQ(dump("a\xFF"), "\"a\xEF\xBF\xBD\""); }

TEST(JsonDumpText, WritesATextAsDumpDoes) {
  for (const std::string text : {"", "plain text, 0123456789 and more", "\"", "a\\b", "tab\t",
                                 "\x01", "\x7F", "\xC3\xA4", "cut \xC3"}) {
    EXPECT_EQ(dump_text(text), dump(text)) << text;
  }
}

// The examples of RFC 8785 as far as strings and integers go.
TEST(JsonCanonical, SortsKeysAndEscapesAsRfc8785) {
  const auto value = parse(
      "{ \"b\": [ 56, {\"d\": true, \"a\": null} ], \"\": -5, \"a\": "
      "\"\\u20ac$\\u000F\\u000aA'\\u0042"
      "\\u0022\\u005c\\\\\\\"\\/\\u0008\\u0009\\u007f\" }");
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(canonical(*value),
            "{\"\":-5,\"a\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\x7F\",\"b\":[56,"
            "{\"a\":null,\"d\":true}]}");
}

TEST(JsonCanonical, LeavesOutOneMemberOfTheOutermostObject) {
  const auto value = parse(R"({"z":1,"lease":{"n":1},"a":{"lease":2}})");
  ASSERT_TRUE(value);
  EXPECT_EQ(canonical(*value, "lease"), R"({"a":{"lease":2},"z":1})");
  EXPECT_EQ(canonical(*value, "absent"), canonical(*value));
}

TEST(JsonCanonical, WritesTheWholeRangeOfIntegers) {
  const auto value = parse("[-9223372036854775808,18446744073709551615,0]");
  ASSERT_TRUE(value);
  EXPECT_EQ(canonical(*value), "[-9223372036854775808,18446744073709551615,0]");
}

}  // namespace
}  // namespace certconnector::json
