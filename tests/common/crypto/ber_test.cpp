#include "common/crypto/ber.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/text/hex.h"

namespace certconnector::crypto::der {
namespace {

Bytes octets(std::string_view hex) { return text::from_hex(hex).value(); }

TEST(Ber, BecomesDer) {
  const struct {
    const char* what;
    const char* ber;
    const char* der;
  } rows[] = {
      {"DER stays", "3003020101", "3003020101"},
      {"an indefinite length", "30800201010000", "3003020101"},
      {"one in another", "3080308002010100000000", "30053003020101"},
      {"a length that is longer than needed", "308103020101", "3003020101"},
      {"four octets of length", "3084000000030201 01", "3003020101"},
      {"a string in pieces", "2480040141040142 0000", "04024142"},
      {"a string in pieces of a definite length", "2406040141040142", "04024142"},
      {"pieces of pieces", "2480240304014124030401420000", "04024142"},
      {"a string of no pieces", "24800000", "0400"},
      {"an implicit tag", "a08004014100 00", "a003040141"},
      {"an empty SET", "31800000", "3100"},
  };
  for (const auto& row : rows) {
    std::string hex(row.ber);
    hex.erase(std::remove(hex.begin(), hex.end(), ' '), hex.end());
    const auto der = from_ber(octets(hex));
    ASSERT_TRUE(der) << row.what;
    EXPECT_EQ(text::to_hex(*der), row.der) << row.what;
    EXPECT_EQ(from_ber(*der), der) << row.what;
  }
}

TEST(Ber, RefusesTheRest) {
  const struct {
    const char* what;
    const char* ber;
  } rows[] = {
      {"nothing", ""},
      {"a tag alone", "30"},
      {"a length that is cut off", "3082ff"},
      {"contents that are cut off", "30030201"},
      {"no end of contents", "3080020101"},
      {"half an end of contents", "308002010100"},
      {"an end of contents with a length", "3080020101000100"},
      {"something behind it", "300302010105"},
      {"a second element", "30800000020101"},
      {"an indefinite primitive", "048041000 0"},
      {"a long tag", "3f81000100"},
      {"the reserved tag", "0003020101"},
      {"a piece that is no OCTET STRING", "2403020101"},
      {"a length of nine octets", "3089000000000000000003020101"},
      {"a length beyond the address space", "3088ffffffffffffffff020101"},
      {"the reserved first octet of a length", "30ff020101"},
  };
  for (const auto& row : rows) {
    std::string hex(row.ber);
    hex.erase(std::remove(hex.begin(), hex.end(), ' '), hex.end());
    EXPECT_FALSE(from_ber(octets(hex))) << row.what;
  }
}

TEST(Ber, RefusesDeepNesting) {
  const auto nested = [](int levels, std::string_view tag) {
    std::string hex;
    for (int i = 0; i < levels; ++i) hex += std::string(tag) + "80";
    for (int i = 0; i < levels; ++i) hex += "0000";
    return octets(hex);
  };
  EXPECT_TRUE(from_ber(nested(33, "30")));
  EXPECT_FALSE(from_ber(nested(34, "30")));
  EXPECT_FALSE(from_ber(nested(34, "24")));
  EXPECT_FALSE(from_ber(nested(20000, "30")));
  EXPECT_FALSE(from_ber(nested(20000, "24")));
}

}  // namespace
}  // namespace certconnector::crypto::der
