#include "proto/management/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text/base64.h"
#include "common/text/hex.h"

namespace certconnector::management {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSecret = "SECRET_abcdefghijklmnopqrstuvwxyz0123456789";

EnrollmentToken sample() {
  EnrollmentToken token;
  token.endpoint = {"connector.example", 8443};
  token.ca_sha256.fill(0xAB);
  token.secret = kSecret;
  token.expires = Timestamp(std::chrono::seconds(1767225600));
  return token;
}

std::string token_of(const std::string& json) {
  std::string base64 = text::to_base64(as_bytes(json));
  while (!base64.empty() && base64.back() == '=') base64.pop_back();
  return "cct1." + base64;
}

TEST(Token, SurvivesTheWayThroughAClipboard) {
  const auto token = decode_token("  " + encode_token(sample()) + "\r\n");
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->endpoint.text(), "https://connector.example:8443");
  EXPECT_EQ(token->ca_sha256, sample().ca_sha256);
  EXPECT_EQ(token->secret, kSecret);
  EXPECT_EQ(token->expires, sample().expires);
}

TEST(Token, RefusesWhatIsDamagedAndNeverQuotesIt) {
  const std::string whole = encode_token(sample());
  const std::string ca(64, 'a');
  const auto with = [&](const std::string& url, const std::string& fingerprint,
                        const std::string& secret) {
    return token_of(R"({"url":")" + url + R"(","ca_sha256":")" + fingerprint + R"(","secret":")" +
                    secret + R"(","expires":"2026-01-01T00:00:00Z"})");
  };
  ASSERT_TRUE(decode_token(with("https://a", ca, kSecret)));
  const std::pair<std::string, const char*> rows[] = {
      {"", "does not begin with cct1."},
      {"cct2." + whole.substr(5), "does not begin with cct1."},
      {whole.substr(0, whole.size() - 2), "is damaged"},
      {whole + "=", "is damaged"},
      {whole + " x", "is damaged"},
      {"cct1." + std::string(5000, 'a'), "is too long"},
      {token_of("{}"), "url: is missing"},
      {token_of("not json"), "not JSON"},
      {with("http://a", ca, kSecret), "does not begin with https://"},
      {with("https://a/path", ca, kSecret), "has a path"},
      {with("https://a", "abcd", kSecret), "ca_sha256"},
      {with("https://a", ca, kSecret + "x"), "secret: has 44 octets"},
      {with("https://a", ca, "short"), "secret: is shorter"},
  };
  for (const auto& [text, problem] : rows) {
    const auto token = decode_token(text);
    ASSERT_FALSE(token) << text;
    EXPECT_EQ(token.error().code().name, "bad_token");
    EXPECT_THAT(token.error().message(), HasSubstr(problem));
    EXPECT_THAT(token.error().message(), Not(HasSubstr("SECRET")));
  }
}

TEST(Origin, ReadsNamesAndAddresses) {
  const std::pair<const char*, const char*> rows[] = {
      {"https://Connector.Example", "https://connector.example:443"},
      {"https://connector.example:8443/", "https://connector.example:8443"},
      {"HTTPS://192.0.2.1:1", "https://192.0.2.1:1"},
      {"https://[2001:DB8::1]:65535", "https://[2001:db8::1]:65535"},
      {"https://[::1]", "https://[::1]:443"},
  };
  for (const auto& [text, expected] : rows) {
    const auto origin = parse_origin(text);
    ASSERT_TRUE(origin) << text << ": " << origin.error().message();
    EXPECT_EQ(origin->text(), expected);
  }
}

TEST(Origin, RefusesEverythingElse) {
  for (const char* text : {"",
                           "https://",
                           "https://:443",
                           "http://a",
                           "ftp://a",
                           "a:443",
                           "https://a:0",
                           "https://a:65536",
                           "https://a:x",
                           "https://a:",
                           "https://a:1:2",
                           "https://u:p@a",
                           "https://a/b",
                           "https://a?b",
                           "https://a#b",
                           "https://[::1",
                           "https://[]",
                           "https://[::1]x",
                           "https://a b",
                           "https://a\r\nX: y"}) {
    const auto origin = parse_origin(text);
    ASSERT_FALSE(origin) << text;
    EXPECT_EQ(origin.error().code().name, "bad_url") << text;
  }
}

}  // namespace
}  // namespace certconnector::management
