#include "proto/json/plain_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

namespace certconnector::json {
namespace {

using Tree = nlohmann::json;

std::optional<Tree> by_plain_reader(std::string_view text) {
  const Limits limits;
  TreeBuilder builder(limits);
  if (!read_plain(text, builder)) return std::nullopt;
  auto value = std::move(builder).take();
  return value ? std::make_optional(std::move(*value)) : std::nullopt;
}

std::optional<Tree> by_library(std::string_view text) {
  const Limits limits;
  TreeBuilder builder(limits);
  static_cast<void>(Tree::sax_parse(text.data(), text.data() + text.size(), &builder));
  auto value = std::move(builder).take();
  return value ? std::make_optional(std::move(*value)) : std::nullopt;
}

// The library's == takes numbers of different types for the same.
bool same(const Tree& one, const Tree& other) {
  if (one.type() != other.type() || one != other) return false;
  if (!one.is_structured()) return true;
  return std::equal(one.begin(), one.end(), other.begin(), same);
}

const char* const kPlain[] = {
    R"({"id":"job-1","type":"issue","lease":{"number":7,"expires_at":"2026-01-01T00:00:00Z"}})",
    R"({"z":[],"a":{},"m":[{"b":[[1,2],[3]]},{}],"":"","k~":"\u007f"})",
    " { \"a\" :\t[ true , false,null ]\r\n, \"b\": -17 } \n",
    "[0,-0,1,-1,18446744073709551615,-9223372036854775808,1234567890123]",
    R"(["","x","0123456789abcdef0123456789abcdef","a{b}[c]:,'"])",
    "17",
    "-3",
    "\"text\"",
    "null",
    "[]",
};

TEST(PlainReader, ReadsWhatProgramsSendAsTheLibraryReadsIt) {
  for (std::string text : kPlain) {
    const auto escape = text.find("\\u007f");
    if (escape != std::string::npos) text.replace(escape, 6, "\x7F");  // as it stands
    const auto read = by_plain_reader(text);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_TRUE(same(*read, by_library(text).value())) << text;
  }
}

TEST(PlainReader, LeavesOtherJsonToTheLibrary) {
  for (const char* text : {R"(["a\"b"])", R"(["\\"])", R"({"\u0061":1})", "[\"\xC3\xA4\"]", "1.5",
                           "1e2", "-0.0", "18446744073709551616", "-9223372036854775809"}) {
    EXPECT_FALSE(by_plain_reader(text).has_value()) << text;
    const auto value = parse(text);
    ASSERT_TRUE(value) << text;
    EXPECT_TRUE(same(*value, by_library(text).value())) << text;
  }
}

TEST(PlainReader, KeepsTheLimitsOfTheBuilder) {
  const Limits limits{100, 2, 4};
  for (const char* text : {"[[[]]]", "[1,2,3,4]", R"({"a":1,"a":1})", R"({"b":1,"a":1,"b":1})"}) {
    TreeBuilder builder(limits);
    EXPECT_FALSE(read_plain(text, builder)) << text;
  }
  const std::string deep(200000, '[');
  EXPECT_FALSE(by_plain_reader(deep).has_value());
}

class MutatedText : public ::testing::TestWithParam<const char*> {
 protected:
  // The library takes every text that the plain reader takes, and as the same value.
  static void expect_agreement(const std::string& text) {
    const auto read = by_plain_reader(text);
    if (!read) return;
    // The library takes a NUL for the end.
    ASSERT_EQ(text.find('\0'), std::string::npos) << text;
    const auto other = by_library(text);
    ASSERT_TRUE(other.has_value()) << text;
    ASSERT_TRUE(same(*read, *other)) << text;
  }
};

TEST_P(MutatedText, IsReadAsTheLibraryReadsItOrNotAtAll) {
  using std::string_literals::operator""s;
  const std::string octets = "\0\x01\t\n \"\\/'{}[]:,+-.0123456789aeEntrfu#\x7F\x80\xC3\xFF"s;
  const std::string text = GetParam();
  for (std::size_t at = 0; at <= text.size(); ++at) {
    expect_agreement(text.substr(0, at));
    expect_agreement(text.substr(at));
    expect_agreement(std::string(text).erase(std::min(at, text.size() - 1), 1));
    for (const char octet : octets) {
      expect_agreement(std::string(text).insert(at, 1, octet));
      std::string replaced = text + ' ';
      replaced[at] = octet;
      expect_agreement(replaced);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(PlainReader, MutatedText, ::testing::ValuesIn(kPlain));

}  // namespace
}  // namespace certconnector::json
