#include "common/crypto/directory_string.h"

#include <gtest/gtest.h>

#include "common/crypto/der.h"

namespace certconnector::crypto {
namespace {

TEST(Utf8, TakesEveryLengthAtItsLimits) {
  for (const std::string_view text :
       {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_text(text));
  }
}

TEST(Utf8, RefusesOverlongSurrogatesAndCutOffs) {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82",
        "\xF0\x9F\x98", "k\xC2k"}) {
    EXPECT_FALSE(is_text(text));
  }
  EXPECT_FALSE(is_text(std::string_view("a\0b", 3)));
}

TEST(DirectoryString, DecodesByType) {
  EXPECT_EQ(decode_string(der::kUtf8String, as_bytes("\xC3\xA9")), "\xC3\xA9");
  EXPECT_EQ(decode_string(der::kT61String, Bytes{0xE9}), "\xC3\xA9");
  EXPECT_EQ(decode_string(der::kBmpString, Bytes{0x00, 0xE9}), "\xC3\xA9");
  EXPECT_EQ(decode_string(der::kUniversalString, Bytes{0x00, 0x00, 0x00, 0xE9}), "\xC3\xA9");
  EXPECT_EQ(decode_string(der::kPrintableString, as_bytes("a*@_b")), "a*@_b");
  EXPECT_EQ(decode_string(der::kNumericString, as_bytes("12 3")), "12 3");
}

TEST(DirectoryString, RefusesWhatTheTypeDoesNotAllow) {
  const std::pair<std::uint8_t, Bytes> refused[] = {
      {der::kUtf8String, {0xFF}},
      {der::kPrintableString, {0xE9}},
      {der::kPrintableString, {'\n'}},
      {der::kIa5String, {0x80}},
      {der::kIa5String, {0x00}},
      {der::kT61String, {0x00}},
      {der::kBmpString, {0x00, 0x00}},
      {der::kBmpString, {0x00, 'a', 0x00}},
      {der::kBmpString, {0xDC, 0x00}},
      {der::kUniversalString, {0x00, 0x11, 0x00, 0x00}},
      {der::kUniversalString, {0x00, 0x00, 0x00}},
      {der::kOctetString, {'a'}},
      {der::kInteger, {0x01}},
  };
  for (const auto& [tag, value] : refused) EXPECT_EQ(decode_string(tag, value), std::nullopt);
}

TEST(ControlCharacter, IsOneThatBreaksOrTurnsALine) {
  const std::pair<const char*, const char*> found[] = {
      {"a\x1Fz", "U+001F"},       {"\x7F", "U+007F"},         {"\xC2\x80", "U+0080"},
      {"\xC2\x9F", "U+009F"},     {"\xE2\x80\xA8", "U+2028"}, {"\xE2\x80\xA9", "U+2029"},
      {"\xE2\x80\xAA", "U+202A"}, {"\xE2\x80\xAE", "U+202E"}, {"\xE2\x81\xA6", "U+2066"},
      {"\xE2\x81\xA9", "U+2069"}};
  for (const auto& [text, name] : found) EXPECT_EQ(control_character(text), name);
  for (const char* text : {"", "a z", "~", "\xC2\xA0", "\xE2\x80\xA7", "\xE2\x80\xAF",
                           "\xE2\x81\xA5", "\xE2\x81\xAA"}) {
    EXPECT_EQ(control_character(text), std::nullopt) << text;
  }
}

TEST(Ascii, HasNeitherNulNorTheUpperHalf) {
  EXPECT_TRUE(is_ascii("\x01\x7F"));
  EXPECT_FALSE(is_ascii(std::string_view("\0", 1)));
  EXPECT_FALSE(is_ascii("\x80"));
}

TEST(PrintableString, IsTheCharacterSetOfX680) {
  EXPECT_TRUE(is_printable_string("Az09 '()+,-./:=?"));
  for (const std::string_view text : {"@", "*", "_", "&", "\xC3\xA9", "\n"}) {
    EXPECT_FALSE(is_printable_string(text)) << text;
  }
}

}  // namespace
}  // namespace certconnector::crypto
