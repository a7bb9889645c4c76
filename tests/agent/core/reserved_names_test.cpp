#include "agent/core/reserved_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_pki.h"

namespace certconnector::core {
namespace {

using ::testing::HasSubstr;

TEST(ReservedNames, NobodyElseGetsThemInAnySpelling) {
  const testing::TestPki pki;
  ReservedNames reserved;
  reserved.add("CN=devices SCEP RA");
  reserved.add("");
  reserved.add("no name");
  reserved.add_subject_of(pki.root().certificate.der());
  reserved.add_subject_of(Bytes{0x30, 0x00});
  const auto refused = [&](const std::string& subject) {
    const auto why = reserved.why_not(crypto::encode_name(crypto::parse_rfc4514(subject).value()));
    return why ? why->message : std::string();
  };
  EXPECT_THAT(refused("CN=devices SCEP RA"), HasSubstr("\"CN=devices SCEP RA\" is the name of"));
  EXPECT_THAT(refused("CN=Devices  scep ra"), HasSubstr("use another subject"));
  EXPECT_NE(refused(pki.root().certificate.subject_text()), "");
  EXPECT_EQ(refused("CN=devices SCEP RA,O=Test"), "");
  EXPECT_EQ(refused("CN=dev1"), "");
  EXPECT_EQ(refused(""), "");
}

TEST(ReservedNames, WhatSomeProgramTakesForOneIsOne) {
  ReservedNames reserved;
  reserved.add("CN=Test Issuing CA,O=Test");
  const auto refused = [&](const std::string& cn) {
    const crypto::DistinguishedName name{{{"2.5.4.10", "Test"}}, {{"2.5.4.3", cn}}};
    const auto why = reserved.why_not(crypto::encode_name(name));
    return why ? why->message : std::string();
  };
  for (const char* cn : {"Test\u00A0Issuing CA", "\uFF34est Issuing CA", "Test Issuing C\u200BA",
                         "Test I\u00DFuing CA"}) {
    EXPECT_THAT(refused(cn), HasSubstr("is the name of a CA")) << cn;
  }
  EXPECT_EQ(refused("Test Issuing CB"), "");
}

// Else marks that are too many to be put in order would hide the name.
TEST(ReservedNames, ASubjectThatCannotBeComparedIsRefused) {
  ReservedNames reserved;
  reserved.add("CN=CA");
  std::string marks = "CA";
  for (int i = 0; i < 14000; ++i) marks += "\u0301\u0323";
  const auto why = reserved.why_not(crypto::encode_name({{{"2.5.4.3", marks}}}));
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, "subject_not_allowed");
  EXPECT_THAT(why->message, HasSubstr("more than 30 combining marks in a row"));
  EXPECT_LT(why->message.size(), 500U);
}

}  // namespace
}  // namespace certconnector::core
