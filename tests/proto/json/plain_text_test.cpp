#include "proto/json/plain_text.h"

#include <gtest/gtest.h>

namespace certconnector::json {
namespace {

TEST(PlainText, IsAsciiThatStandsInAStringAsItIs) {
  EXPECT_TRUE(is_plain(""));
  for (unsigned octet = 0; octet < 256; ++octet) {
    const bool plain = octet >= 0x20 && octet < 0x80 && octet != '"' && octet != '\\';
    for (std::size_t at = 0; at < 40; ++at) {
      std::string text(40, 'x');
      text[at] = static_cast<char>(octet);
      ASSERT_EQ(is_plain(text), plain) << octet << " at " << at;
    }
  }
}

}  // namespace
}  // namespace certconnector::json
