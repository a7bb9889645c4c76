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

}  // namespace
}  // namespace certconnector::core
