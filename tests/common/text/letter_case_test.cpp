#include "common/text/letter_case.h"

#include <gtest/gtest.h>

namespace certconnector::text {
namespace {

TEST(LetterCase, OnlyTheLettersOfAsciiChange) {
  EXPECT_EQ(to_lower("AZ az @[`{ 09 \xC3\x84\xC4\xB0"), "az az @[`{ 09 \xC3\x84\xC4\xB0");
  EXPECT_EQ(to_lower(std::string_view("A\0B", 3)), std::string("a\0b", 3));
  EXPECT_EQ(to_lower(""), "");
}

TEST(LetterCase, ComparesWithoutIt) {
  EXPECT_TRUE(equal_ignoring_case("WebServer", "webSERVER"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("WebServer", "WebServer2"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

}  // namespace
}  // namespace certconnector::text
