#include "common/text/characters.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace certconnector::text {
namespace {

TEST(Characters, KnowsThoseThatSteerOrMislead) {
  for (const auto code : std::initializer_list<char32_t>{
           0x00,   0x1B,   0x7F,   0x80,   0x9B,   0x9F,   0xAD,   0x61C,  0x200B, 0x200C, 0x200D,
           0x200E, 0x200F, 0x2028, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0xFEFF, 0xE0041}) {
    EXPECT_TRUE(is_misleading(code)) << static_cast<unsigned>(code);
  }
  for (const auto code : std::initializer_list<char32_t>{0x20, 0x7E, 0xA0, 0xE4, 0x300, 0x2010,
                                                         0x2027, 0x202F, 0x20AC, 0x1F600}) {
    EXPECT_FALSE(is_misleading(code)) << static_cast<unsigned>(code);
  }
}

TEST(Characters, MakesJsonVisible) {
  EXPECT_EQ(visible_json("{\"a\":\"\u009b[2J\u202e\u2066\u061c\"}"),
            R"({"a":"\u009b[2J\u202e\u2066\u061c"})");
  EXPECT_EQ(visible_json("[\n\t\"Ger\u00e4t \U0001F600\"]"), "[\n\t\"Ger\u00e4t \U0001F600\"]");
  EXPECT_EQ(visible_json("\"\U000E0041\x7f\""), R"("\udb40\udc41\u007f")");
  EXPECT_EQ(visible_json("\"\xc3\""), "\"\xc3\"") << "what is no UTF-8 stays";
  EXPECT_EQ(visible_json(""), "");
}

}  // namespace
}  // namespace certconnector::text
