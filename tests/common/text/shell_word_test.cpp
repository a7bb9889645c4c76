#include "common/text/shell_word.h"

#include <gtest/gtest.h>

namespace certconnector::text {
namespace {

TEST(ShellWord, StaysOneWordInAShell) {
  EXPECT_EQ(shell_word("2026-11-23T10:00:00Z"), "2026-11-23T10:00:00Z");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("Tom's phone"), "'Tom'\\''s phone'");
  EXPECT_EQ(shell_word("$(reboot)"), "'$(reboot)'");
}

}  // namespace
}  // namespace certconnector::text
