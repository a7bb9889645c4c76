#include "agent/core/requested_extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/security_identifier.h"
#include "tests/agent/ca/request_builder.h"

namespace certconnector::core {
namespace {

using ::testing::HasSubstr;

const std::string kOwnSid = "S-1-5-21-1-2-3-1104";
const std::string kForeignSid = "S-1-5-21-1-2-3-500";

std::string code_of(const std::optional<Failed>& failed) { return failed ? failed->code : ""; }

crypto::Pkcs10 request_for_extension(const std::string& oid, bool critical = false) {
  ca::testing::RequestSpec spec;
  spec.others = {{oid, {0x05, 0x00}, critical}};
  return ca::testing::make_request(spec);
}

crypto::Pkcs10 request_for_sid(const Bytes& value) {
  ca::testing::RequestSpec spec;
  spec.others = {{std::string(crypto::oid::kSecurityIdentifier), value, false}};
  return ca::testing::make_request(spec);
}

crypto::GeneralName uri(const std::string& text) { return {crypto::GeneralNameKind::uri, text}; }

TEST(RequestedExtensions, TheFourOfTheListPassAndSoDoesNone) {
  ca::testing::RequestSpec all;
  all.names = {{crypto::GeneralNameKind::dns, "dev1.example"}};
  all.key_usage = crypto::kDigitalSignature;
  all.extended_key_usage = {std::string(crypto::oid::kClientAuth)};
  all.others = {{std::string(crypto::oid::kSecurityIdentifier), {0x05, 0x00}, true}};
  const crypto::Pkcs10 request = ca::testing::make_request(all);
  EXPECT_EQ(request.extensions().size(), 4U);
  EXPECT_EQ(code_of(check_allow_list(request)), "");
  EXPECT_EQ(code_of(check_allow_list(ca::testing::make_request({}))), "");
}

TEST(RequestedExtensions, TheAllowListRefusesOthersByNameOrByNumber) {
  struct Case {
    const char* oid;
    const char* named;
  };
  const Case cases[] = {{"2.5.29.19", "basicConstraints (2.5.29.19)"},
                        {"2.5.29.30", "nameConstraints"},
                        {"2.5.29.14", "subjectKeyIdentifier"},
                        {"2.5.29.35", "authorityKeyIdentifier"},
                        {"1.3.6.1.4.1.311.20.2", "certificate template name"},
                        {"1.3.6.1.4.1.311.21.7", "certificate template information"},
                        {"1.3.6.1.5.5.7.1.24", "tlsFeature"},
                        // Neighbors of what is allowed, and an unknown one.
                        {"2.5.29.1", "extension 2.5.29.1."},
                        {"2.5.29.170", "extension 2.5.29.170."},
                        {"1.3.6.1.4.1.311.25.2.1", "extension 1.3.6.1.4.1.311.25.2.1."},
                        {"1.2.3.4.5", "extension 1.2.3.4.5."}};
  for (const Case& c : cases) {
    for (const bool critical : {false, true}) {
      const auto refused = check_allow_list(request_for_extension(c.oid, critical));
      ASSERT_TRUE(refused.has_value()) << c.oid;
      EXPECT_EQ(refused->code, "extension_not_allowed") << c.oid;
      EXPECT_THAT(refused->message, HasSubstr(c.named));
    }
  }
}

Bytes key_identifier(std::size_t size) {
  Bytes value{0x04, static_cast<std::uint8_t>(size)};
  value.resize(value.size() + size, 0xAB);
  return value;
}

TEST(RequestedExtensions, WhatAsksForNothingIsPassedOver) {
  const std::vector<std::pair<const char*, Bytes>> nothing{
      {"2.5.29.19", {0x30, 0x00}},
      {"2.5.29.19", {0x30, 0x03, 0x01, 0x01, 0x00}},
      {"2.5.29.14", {0x04, 0x02, 0xAB, 0xCD}},
      {"2.5.29.14", key_identifier(64)}};
  for (const auto& [oid, value] : nothing) {
    ca::testing::RequestSpec spec;
    spec.others = {{oid, value, false}};
    EXPECT_EQ(code_of(check_allow_list(ca::testing::make_request(spec))), "") << oid;
  }
  const std::vector<std::pair<const char*, Bytes>> something{
      {"2.5.29.19", {0x30, 0x03, 0x01, 0x01, 0xFF}},  // a CA
      {"2.5.29.19", {0x30, 0x03, 0x02, 0x01, 0x00}},  // a path length alone
      {"2.5.29.19", {0x30, 0x06, 0x01, 0x01, 0x00, 0x02, 0x01, 0x00}},
      {"2.5.29.14", key_identifier(65)},
      {"2.5.29.14", {0x30, 0x00}}};
  for (const auto& [oid, value] : something) {
    ca::testing::RequestSpec spec;
    spec.others = {{oid, value, false}};
    EXPECT_EQ(code_of(check_allow_list(ca::testing::make_request(spec))), "extension_not_allowed")
        << oid;
  }
}

TEST(RequestedExtensions, OneThatIsNotAllowedAmongAllowedOnesIsFound) {
  ca::testing::RequestSpec spec;
  spec.names = {{crypto::GeneralNameKind::dns, "dev1.example"}};
  spec.key_usage = crypto::kDigitalSignature;
  spec.others = {{"2.5.29.19", {0x30, 0x03, 0x01, 0x01, 0xFF}, false}};
  EXPECT_EQ(code_of(check_allow_list(ca::testing::make_request(spec))), "extension_not_allowed");
}

TEST(RequestedExtensions, ExtensionsThatGiveNoRightAreLeftOut) {
  struct Case {
    const char* oid;
    bool critical;
    const char* named;
  };
  const Case cases[] = {
      {"1.2.840.113549.1.9.15", false, "smimeCapabilities (1.2.840.113549.1.9.15)"},
      {"1.3.6.1.4.1.311.21.10", false, "application policies (1.3.6.1.4.1.311.21.10)"},
      {"1.3.6.1.4.1.311.20.2", false, "certificate template name (1.3.6.1.4.1.311.20.2)"},
      {"1.3.6.1.4.1.311.21.7", true, "certificate template information (1.3.6.1.4.1.311.21.7)"},
      {"2.16.840.1.113730.1.13", true, "2.16.840.1.113730.1.13"},
      {"2.5.29.35", true, "authorityKeyIdentifier (2.5.29.35)"},
      {"2.5.29.14", true, "subjectKeyIdentifier (2.5.29.14)"},
      {"2.5.29.31", true, "cRLDistributionPoints (2.5.29.31)"},
      {"2.5.29.32", true, "certificatePolicies (2.5.29.32)"},
      {"2.5.29.30", false, "nameConstraints (2.5.29.30)"},
      {"1.2.3.4.5", false, "1.2.3.4.5"}};
  for (const Case& c : cases) {
    const crypto::Pkcs10 request = request_for_extension(c.oid, c.critical);
    EXPECT_EQ(code_of(check_extensions(request)), "") << c.oid;
    EXPECT_EQ(extensions_left_out(request), std::vector<std::string>{c.named});
  }
  ca::testing::RequestSpec issued;
  issued.names = {{crypto::GeneralNameKind::dns, "dev1.example"}};
  issued.key_usage = crypto::kDigitalSignature;
  issued.others = {{"2.5.29.19", {0x30, 0x00}, true}};
  const crypto::Pkcs10 request = ca::testing::make_request(issued);
  EXPECT_EQ(code_of(check_extensions(request)), "");
  EXPECT_TRUE(extensions_left_out(request).empty());
}

TEST(RequestedExtensions, CriticalUnknownOnesAndACaAreRefused) {
  for (const char* oid :
       {"2.5.29.30", "2.5.29.36", "1.3.6.1.5.5.7.1.24", "1.2.3.4.5", "2.16.840.1.113730.10"}) {
    const auto refused = check_extensions(request_for_extension(oid, true));
    ASSERT_TRUE(refused.has_value()) << oid;
    EXPECT_EQ(refused->code, "extension_not_allowed");
    EXPECT_THAT(refused->message, HasSubstr(oid));
    EXPECT_THAT(refused->message, HasSubstr("critical"));
  }
  for (const Bytes& constraints :
       {Bytes{0x30, 0x03, 0x01, 0x01, 0xFF}, Bytes{0x30, 0x03, 0x02, 0x01, 0x00},
        Bytes{0x30, 0x06, 0x01, 0x01, 0x00, 0x02, 0x01, 0x00}, Bytes{0x05, 0x00}}) {
    ca::testing::RequestSpec spec;
    spec.others = {{"2.5.29.19", constraints, false}};
    const auto refused = check_extensions(ca::testing::make_request(spec));
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->code, "extension_not_allowed");
    EXPECT_THAT(refused->message, HasSubstr("basicConstraints"));
  }
}

TEST(RequestedSid, OnlyTheJobsOwnPassesInAnyForm) {
  struct Case {
    const char* name;
    std::optional<Bytes> extension;
    std::vector<crypto::GeneralName> names;
    std::optional<std::string> sid;
    const char* code;
  };
  const std::string tag(kSidUriPrefix);
  const Bytes own = encode_security_identifier(kOwnSid);
  Bytes trailing = own;
  trailing.push_back(0);
  const Case cases[] = {
      {"asks for none, carries none", {}, {}, {}, ""},
      {"asks for none, carries one", {}, {}, kOwnSid, ""},
      {"both forms of its SID", own, {uri(tag + kOwnSid)}, kOwnSid, ""},
      {"another URI", {}, {uri("https://example/" + kForeignSid)}, {}, ""},
      {"the words in a DNS name", {}, {{crypto::GeneralNameKind::dns, tag + kForeignSid}}, {}, ""},
      {"own extension, foreign name", own, {uri(tag + kForeignSid)}, kOwnSid, "sid_not_allowed"},
      {"foreign name behind its own",
       {},
       {uri(tag + kOwnSid), uri(tag + kForeignSid)},
       kOwnSid,
       "sid_not_allowed"},
      {"an empty one in a name", {}, {uri(tag)}, kOwnSid, "sid_not_allowed"},
      {"an empty one in a name, none carried", {}, {uri(tag)}, {}, "sid_not_allowed"},
      {"its own and more", {}, {uri(tag + kOwnSid + "0")}, kOwnSid, "sid_not_allowed"},
      {"its own in small letters",
       {},
       {uri(tag + "s-1-5-21-1-2-3-1104")},
       kOwnSid,
       "sid_not_allowed"},
      {"the extension of a job without one", own, {}, {}, "sid_not_allowed"},
      {"an empty extension", Bytes{}, {}, kOwnSid, "malformed_request"},
      {"octets behind it", trailing, {}, kOwnSid, "malformed_request"},
      {"no SID in it", encode_security_identifier("S-1-x"), {}, kOwnSid, "malformed_request"}};
  for (const Case& c : cases) {
    const crypto::Pkcs10 request =
        c.extension ? request_for_sid(*c.extension) : ca::testing::make_request({});
    EXPECT_EQ(code_of(check_sid(c.sid, request, c.names)), c.code) << c.name;
  }
}

TEST(RequestedSid, TheDenialSaysWhatWasAskedForAndWhatIsCarried) {
  const crypto::Pkcs10 request = request_for_sid(encode_security_identifier(kForeignSid));
  const auto other = check_sid(kOwnSid, request, {});
  ASSERT_TRUE(other.has_value());
  EXPECT_THAT(other->message, HasSubstr("\"" + kForeignSid + "\" in its extension"));
  EXPECT_THAT(other->message, HasSubstr("the job carries \"" + kOwnSid + "\"."));
  const auto none = check_sid({}, request, {});
  ASSERT_TRUE(none.has_value());
  EXPECT_THAT(none->message, HasSubstr("the job carries none."));
}

std::string sid_of_numbers(int numbers) {
  std::string sid = "S-1";
  for (int i = 0; i < numbers; ++i) sid += "-7";
  return sid;
}

TEST(SecurityIdentifierText, IsARevisionAndTwoToFifteenNumbers) {
  for (const std::string& good : {std::string("S-1-5-18"), kOwnSid, sid_of_numbers(2),
                                  sid_of_numbers(15), "S-1-5-" + std::string(178, '9')}) {
    EXPECT_TRUE(is_security_identifier(good)) << good;
  }
}

TEST(SecurityIdentifierText, OtherTextIsNone) {
  const std::string bad[] = {"",
                             "S",
                             "S-1",
                             "S-1-",
                             "S-1-5",
                             "S-1-5-",
                             "S-1--5-18",
                             "S-1-5--18",
                             "S-1-5-18-",
                             "-S-1-5-18",
                             "s-1-5-18",
                             "S-2-5-18",
                             "S-11-5-18",
                             " S-1-5-18",
                             "S-1-5-18 ",
                             "S-1-5-18\n",
                             std::string("S-1-5-18\0", 9),
                             "S-1-5-+18",
                             "S-1-5-1x",
                             "S-1-0x5-18",
                             "S-1-5-\xD9\xA1",  // an Arabic digit
                             sid_of_numbers(16),
                             "S-1-5-" + std::string(179, '9')};
  for (const std::string& text : bad) EXPECT_FALSE(is_security_identifier(text)) << text;
}

}  // namespace
}  // namespace certconnector::core
