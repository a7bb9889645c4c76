#include "agent/scep/certificate_reference.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/scep/message.h"
#include "common/text/hex.h"

namespace certconnector::scep {
namespace {

Bytes from_text(std::string_view hex) { return text::from_hex(hex).value(); }

TEST(CertificateReference, IssuerAndSerialAreReadWhole) {
  const Bytes der = from_text(
      "3006"
      "3000"
      "02020080");
  const auto named = parse_issuer_and_serial(der);
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->issuer, ByteView(from_text("3000")));
  EXPECT_EQ(named->serial, ByteView(from_text("80")));
}

TEST(CertificateReference, RefusesTheRest) {
  const std::string long_serial =
      "3019"
      "3000"
      "0215"
      "01" +
      std::string(40, '0');
  for (const std::string& hex :
       {std::string(), std::string("3000"), std::string("30023000"), std::string("3004300002 01"),
        std::string("30050202008000"), std::string("30053000020180"), std::string("30053000020100"),
        std::string("3008300002010105 00"), std::string("3007300030000500"), long_serial}) {
    std::string clean = hex;
    clean.erase(std::remove(clean.begin(), clean.end(), ' '), clean.end());
    const Bytes der = from_text(clean);
    const auto named = parse_issuer_and_serial(der);
    ASSERT_FALSE(named.ok()) << hex;
    EXPECT_EQ(named.error().code(), error_code(ScepErrc::malformed)) << hex;
  }
}

}  // namespace
}  // namespace certconnector::scep
