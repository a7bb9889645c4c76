#include "agent/cli/table.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace certconnector::cli {
namespace {

std::string printed(const Table& table, bool color = false) {
  std::ostringstream out;
  table.print(out, Paint(color));
  return out.str();
}

TEST(Table, AlignsItsColumns) {
  Table table({{"NAME"}, {"COUNT", true}, {"NOTE"}});
  table.add({Cell("a"), Cell("5"), Cell("x")});
  table.add({Cell("größer"), Cell("1000000"), Cell("")});
  EXPECT_EQ(printed(table),
            "NAME      COUNT  NOTE\n"
            "a             5  x\n"
            "größer  1000000\n");
}

TEST(Table, ShrinksOnlyWhatMay) {
  Table table({{"ID"}, {"DETAIL", false, true}});
  table.add({Cell(std::string(60, 'i')), Cell(std::string(80, 'd'))});
  std::istringstream lines(printed(table));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  EXPECT_EQ(line.size(), kScreenWidth);
  EXPECT_EQ(line.substr(0, 60), std::string(60, 'i'));
  EXPECT_EQ(line.substr(97), "...");
}

TEST(Table, LeavesOutColumnsWithoutContentBeforeItCutsContent) {
  Table table({{"ID"}, {"NONE", true}, {"SOME", true}, {"EMPTY"}, {"DETAIL", false, true}});
  table.add({Cell("a"), Cell("0"), Cell("0"), Cell(""), Cell(std::string(20, 'd'))});
  table.add({Cell("b"), Cell("0"), Cell("7"), Cell(""), Cell("")});
  const auto lines_of = [&](std::size_t width) {
    std::ostringstream out;
    table.print(out, Paint(false, width));
    return out.str();
  };
  EXPECT_EQ(lines_of(80),
            "ID  NONE  SOME  EMPTY  DETAIL\n"
            "a      0     0         dddddddddddddddddddd\n"
            "b      0     7\n");
  EXPECT_EQ(lines_of(36),
            "ID  NONE  SOME  DETAIL\n"
            "a      0     0  dddddddddddddddddddd\n"
            "b      0     7\n");
  EXPECT_EQ(lines_of(24),
            "ID  SOME  DETAIL\n"
            "a      0  ddddddddddd...\n"
            "b      7\n")
      << "and then it cuts";
}

TEST(Table, IsNotCutWhereThereIsNoScreen) {
  Table table({{"ID"}, {"DETAIL", false, true}});
  table.add({Cell(std::string(60, 'i')), Cell(std::string(80, 'd'))});
  std::ostringstream out;
  table.print(out, Paint(false, std::numeric_limits<std::size_t>::max()));
  EXPECT_NE(out.str().find(std::string(80, 'd')), std::string::npos);
}

TEST(Table, ColoursWithoutBreakingTheAlignment) {
  Table table({{"S"}, {"N"}});
  table.add({Cell("ok", Style::good), Cell("1")});
  EXPECT_EQ(printed(table, true), "\x1b[2mS\x1b[0m   \x1b[2mN\x1b[0m\n\x1b[32mok\x1b[0m  1\n");
}

}  // namespace
}  // namespace certconnector::cli
