#include "common/text/hex.h"

#include <gtest/gtest.h>

namespace certconnector::text {
namespace {

TEST(Hex, WritesLowerCaseAndReadsBoth) {
  const Bytes bytes{0x00, 0x1F, 0xAB, 0xFF};
  EXPECT_EQ(to_hex(bytes), "001fabff");
  EXPECT_EQ(from_hex("001fabff"), bytes);
  EXPECT_EQ(from_hex("001FABFF"), bytes);
  EXPECT_EQ(from_hex(""), Bytes());
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  for (const std::string_view text :
       {"0", "abc", "0g", "0x", " 0", "0 ", "-1", "00:11", "\xFF\xFF"}) {
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace certconnector::text
