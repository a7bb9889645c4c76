#include "agent/cli/safe_text.h"

#include <gtest/gtest.h>

namespace certconnector::cli {
namespace {

struct SafeTextRow {
  const char* what;
  std::string text;
  const char* safe;
};
class SafeText : public ::testing::TestWithParam<SafeTextRow> {};

TEST_P(SafeText, EscapesWhatCouldSteerATerminal) {
  EXPECT_EQ(safe(GetParam().text), GetParam().safe);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, SafeText,
    ::testing::Values(
        SafeTextRow{"plain", "CN=agent 1", "CN=agent 1"}, SafeTextRow{"umlaut", "Gerät", "Gerät"},
        SafeTextRow{"emoji", "\U0001F600", "\U0001F600"},
        SafeTextRow{"escape_sequence", "\x1b[2Jgone", "\\x1b[2Jgone"},
        SafeTextRow{"line_break", "a\nb\r", "a\\nb\\x0d"}, SafeTextRow{"tab", "a\tb", "a\\tb"},
        SafeTextRow{"nul", std::string("a\0b", 3), "a\\x00b"},
        SafeTextRow{"delete", "\x7f", "\\x7f"}, SafeTextRow{"c1_csi", "\u009b", "\\xc2\\x9b"},
        SafeTextRow{"right_to_left_override", "a\u202eb", "a\\xe2\\x80\\xaeb"},
        SafeTextRow{"zero_width_space", "a\u200bb", "a\\xe2\\x80\\x8bb"},
        SafeTextRow{"zero_width_joiner", "\u200d", "\\xe2\\x80\\x8d"},
        SafeTextRow{"word_joiner", "\u2060", "\\xe2\\x81\\xa0"},
        SafeTextRow{"byte_order_mark", "\ufeff", "\\xef\\xbb\\xbf"},
        SafeTextRow{"line_separator", "\u2028", "\\xe2\\x80\\xa8"},
        SafeTextRow{"raw_csi_octet", "\x9b", "\\x9b"},
        SafeTextRow{"overlong_slash", "\xc0\xaf", "\\xc0\\xaf"},
        SafeTextRow{"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
        SafeTextRow{"above_unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        SafeTextRow{"cut_off", "\xe2\x82", "\\xe2\\x82"}),
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
