#include "agent/cli/safe_text.h"

#include <gtest/gtest.h>

namespace certconnector::cli {
namespace {

struct Row {
  const char* what;
  std::string text;
  const char* safe;
};
class SafeText : public ::testing::TestWithParam<Row> {};

TEST_P(SafeText, EscapesWhatCouldSteerATerminal) {
  EXPECT_EQ(safe(GetParam().text), GetParam().safe);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, SafeText,
    ::testing::Values(Row{"plain", "CN=agent 1", "CN=agent 1"}, Row{"umlaut", "Gerät", "Gerät"},
                      Row{"emoji", "\U0001F600", "\U0001F600"},
                      Row{"escape_sequence", "\x1b[2Jgone", "\\x1b[2Jgone"},
                      Row{"line_break", "a\nb\r", "a\\nb\\x0d"}, Row{"tab", "a\tb", "a\\tb"},
                      Row{"nul", std::string("a\0b", 3), "a\\x00b"}, Row{"delete", "\x7f", "\\x7f"},
                      Row{"c1_csi", "\u009b", "\\xc2\\x9b"},
                      Row{"right_to_left_override", "a\u202eb", "a\\xe2\\x80\\xaeb"},
                      Row{"line_separator", "\u2028", "\\xe2\\x80\\xa8"},
                      Row{"raw_csi_octet", "\x9b", "\\x9b"},
                      Row{"overlong_slash", "\xc0\xaf", "\\xc0\\xaf"},
                      Row{"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
                      Row{"above_unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
                      Row{"cut_off", "\xe2\x82", "\\xe2\\x82"}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(SafeText, KeepsTheLineBreaksOfSeveralLines) {
  EXPECT_EQ(safe_lines("a\nb\x1b\n"), "a\nb\\x1b\n");
}

TEST(SafeText, IsCutByColumnsAndNotWithinACharacter) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abc...");
  EXPECT_EQ(shortened("ääääää", 5), "ää...");
  EXPECT_EQ(shortened("abcdef", 2), "..");
  EXPECT_EQ(columns("Gerät"), 5U);
}

TEST(SafeText, IsWrappedAtBlanks) {
  EXPECT_EQ(wrapped("one two three", 0, 2, 100), "one two three");
  EXPECT_EQ(wrapped("one two three", 0, 2, 9), "one two\n  three");
  EXPECT_EQ(wrapped("one two", 4, 0, 9), "one\ntwo");
  EXPECT_EQ(wrapped("averylongword a", 0, 2, 5), "averylongword\n  a");
  EXPECT_EQ(wrapped("a\nb", 0, 0, 9), "a\\nb");
}

}  // namespace
}  // namespace certconnector::cli
