#include "common/crypto/name_syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/der.h"

namespace certconnector::crypto {
namespace {

using ::testing::HasSubstr;
using Check = std::optional<std::string> (*)(std::string_view);

void expect_good(Check check, const std::vector<std::string>& names) {
  for (const std::string& name : names) EXPECT_EQ(check(name), std::nullopt) << name;
}

struct Bad {
  std::string name;
  const char* says;
};
void expect_bad(Check check, const std::vector<Bad>& rows) {
  for (const Bad& row : rows) {
    const auto broken = check(row.name);
    ASSERT_TRUE(broken) << row.name;
    EXPECT_NE(broken->find(row.says), std::string::npos) << row.name << ": " << *broken;
  }
}

std::string long_name(std::size_t labels, std::size_t last) {
  std::string name;
  for (std::size_t i = 0; i < labels; ++i) name += std::string(63, 'a') + ".";
  return name + std::string(last, 'b');
}

TEST(NameSyntax, TakesDnsNamesOfNetworksThatExist) {
  expect_good(broken_dns_rule, {"a", "printer", "a.example", "A-1.example", "1.example", "10.1",
                                "my_host.corp_1.example", "*.example", "*.a_b.example",
                                "xn--bcher-kva.example", std::string(63, 'a'), long_name(3, 61)});
}

TEST(NameSyntax, RefusesWhatIsNoDnsName) {
  expect_bad(broken_dns_rule, {{"a..b", "empty label"},
                               {".a", "empty label"},
                               {"a.", "empty label"},
                               {"", "empty label"},
                               {std::string(64, 'a'), "64 octets; at most 63"},
                               {long_name(3, 62), "254 octets; at most 253"},
                               {long_name(4, 44), "300 octets"},
                               {"x,DNS:y", "character other than"},
                               {"-a.example", "begins or ends with -"},
                               {"a-.example", "begins or ends with -"},
                               {"a.*.example", "character other than"},
                               {"a*.example", "character other than"},
                               {"*", "character other than"},
                               {"*.", "without a domain"},
                               {"**.example", "character other than"},
                               {"https://a.example", "character other than"}});
}

TEST(NameSyntax, TakesMailboxes) {
  expect_good(broken_email_rule, {"alice@example.com", "a.b+c@host", "\"a@b\"@example.com",
                                  "\"a\\\"b\"@example.com", "u@[192.0.2.1]", "u@[IPv6:2001:db8::1]",
                                  std::string(64, 'a') + "@example.com", "a@" + long_name(3, 60)});
}

TEST(NameSyntax, RefusesWhatIsNoMailbox) {
  expect_bad(broken_email_rule, {{"alice", "no @"},
                                 {"@example.com", "local part"},
                                 {".a@example.com", "local part"},
                                 {"a.@example.com", "local part"},
                                 {"a..b@example.com", "local part"},
                                 {"a\"@example.com", "local part"},
                                 {"\"a\"b\"@example.com", "local part"},
                                 {"\"a@example.com", "local part"},
                                 {"\"a\\\"@example.com", "local part"},
                                 {"a@", "empty label"},
                                 {"a@b..c", "empty label"},
                                 {"a@[300.1.1.1]", "character other than"},
                                 {"a@[192.0.2.1", "character other than"},
                                 {"a@[192.0.2.1x", "character other than"},
                                 {"a@x192.0.2.1]", "character other than"},
                                 {"a@[::1]", "character other than"},
                                 {"a@[IPv6:192.0.2.1]", "character other than"},
                                 {"<a@example.com>", "local part"},
                                 {std::string(65, 'a') + "@example.com", "too long"},
                                 {"a@" + long_name(3, 61), "too long"}});
}

TEST(NameSyntax, TakesAbsoluteUris) {
  expect_good(broken_uri_rule,
              {"https://a.example/x?y=%20#z", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
               "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-4", "ldap://h/CN=a,C=b?c",
               "spiffe://trust_domain/workload", "IntuneDeviceId://0af1-22", "mailto:a@example.com",
               "https://[2001:db8::1]:8443/", "https://192.0.2.1:1/", "ftp://u:p@h/",
               "https://[2001:db8::1]/", "https://a?x", "https://a#x", "urn:a%41", "svn+ssh://a/",
               "a-b.c:d"});
}

TEST(NameSyntax, RefusesWhatIsNoAbsoluteUri) {
  expect_bad(broken_uri_rule, {{"a/b", "no scheme"},
                               {"//host/x", "no scheme"},
                               {"1a:b", "no scheme"},
                               {"a_b:c", "no scheme"},
                               {":a", "no scheme"},
                               {"urn:", "nothing after its scheme"},
                               {"urn:#part", "nothing after its scheme"},
                               {"http:///path", "without a host"},
                               {"http://a..b/", "empty label"},
                               {"http://[::1", "in brackets"},
                               {"http://[::1:80/", "in brackets"},
                               {"http://[192.0.2.1]/", "in brackets"},
                               {"http://a:b/", "port"},
                               {"http://a/%zz", "two hexadecimal digits"},
                               {"http://a/%4", "two hexadecimal digits"},
                               {"http://a/%4z", "two hexadecimal digits"},
                               {"http://a/b c", "blank"},
                               {"urn:a<b>", "character <"},
                               {"http://u^@a/", "character ^"},
                               {"http://a/#b#c", "character #"}});
}

TEST(NameSyntax, FindsTheHostOfAUriAsRfc3986Does) {
  struct Row {
    const char* uri;
    const char* host;
  };
  const Row rows[] = {
      {"https://corp.example/", "corp.example"},
      {"https://corp.example", "corp.example"},
      {"https://corp.example:8443?x", "corp.example"},
      {"https://corp.example:x@evil.example/", "evil.example"},
      {"https://a.corp.example:@evil.example/", "evil.example"},
      {"https://evil.example?.corp.example/", "evil.example"},
      {"https://evil.example#.corp.example/", "evil.example"},
      {"https://evil.example?x=.corp.example:80/", "evil.example"},
      {"https://a@b@evil.example/", "evil.example"},
      {"https://[2001:db8::1]:8443/", "[2001:db8::1]"},
      {"mailto:a@evil.example?x=://corp.example/", ""},
      {"foo:/evil.example/://corp.example/", ""},
      {"https:///path", ""},
      {"//corp.example/", ""},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(uri_host(row.uri), row.host) << row.uri;
}

TEST(NameSyntax, JudgesUserPrincipalNames) {
  expect_good(broken_upn_rule, {"alice@corp.example", "j\u00FCrgen@b\u00FCcher.example", "a b@corp",
                                "a@b@corp", std::string(1022, 'a') + "@b"});
  expect_bad(broken_upn_rule, {{"alice", "user@suffix"},
                               {"@corp", "user@suffix"},
                               {"alice@", "user@suffix"},
                               {"alice@a b", "user@suffix"},
                               {"alice\n@corp", "U+000A"},
                               {"alice\xC2\x85@corp", "U+0085"},
                               {"alice\xE2\x80\xAE@corp", "U+202E"},
                               {std::string(1023, 'a') + "@b", "1024"}});
}

TEST(NameSyntax, JudgesObjectIdentifiers) {
  const auto broken = [](const std::string& oid) {
    return broken_oid_rule(*der::oid_from_text(oid)).value_or("");
  };
  std::string longest = "1.2";
  for (int i = 0; i < 62; ++i) longest += ".1";
  for (const std::string& oid :
       {std::string("2.5.4.3"), std::string("1.3.6.1.4.1.2147483647"), longest}) {
    EXPECT_EQ(broken(oid), "") << oid;
  }
  EXPECT_THAT(broken("1.3.6.1.4.1.2147483648"), HasSubstr("arc of 2^31 or more"));
  EXPECT_THAT(broken("2.2147483600"), HasSubstr("arc of 2^31")) << "80 is added to this one";
  EXPECT_THAT(broken("2.25.3298007356985866292"), HasSubstr("2^31"));
  EXPECT_THAT(broken(longest + ".1"), HasSubstr("64 octets"));
}

}  // namespace
}  // namespace certconnector::crypto
