#include "agent/config/units.h"

#include <gtest/gtest.h>

namespace certconnector::config {
namespace {

TEST(Units, ReadsDurations) {
  const struct {
    const char* text;
    std::optional<std::int64_t> milliseconds;
  } rows[] = {{"0s", 0},
              {"250ms", 250},
              {"30s", 30000},
              {"5m", 300000},
              {"12h", 43200000},
              {"7d", 604800000},
              {"2w", 1209600000},
              {"", std::nullopt},
              {"30", std::nullopt},
              {"s", std::nullopt},
              {"-1s", std::nullopt},
              {"+1s", std::nullopt},
              {"1.5s", std::nullopt},
              {"1 s", std::nullopt},
              {"1S", std::nullopt},
              {"1sx", std::nullopt},
              {"0x1s", std::nullopt},
              {"99999999999999999999s", std::nullopt},
              {"2000000w", std::nullopt}};
  for (const auto& row : rows) {
    const auto duration = parse_duration(row.text);
    const auto milliseconds = duration ? std::optional(duration->count()) : std::nullopt;
    EXPECT_EQ(milliseconds, row.milliseconds) << row.text;
  }
}

TEST(Units, WritesDurationsInTheLargestUnitThatDivides) {
  const struct {
    std::int64_t milliseconds;
    const char* text;
  } rows[] = {{0, "0s"},      {1, "1ms"},     {1500, "1500ms"},
              {90000, "90s"}, {300000, "5m"}, {604800000, "7d"}};
  for (const auto& row : rows) EXPECT_EQ(format_duration(Duration(row.milliseconds)), row.text);
}

TEST(Units, ReadsAndWritesSizes) {
  const struct {
    const char* text;
    std::optional<std::uint64_t> octets;
  } rows[] = {{"0", 0},
              {"4096", 4096},
              {"64KiB", 65536},
              {"4MiB", 4194304},
              {"1GiB", 1073741824},
              {"4MB", std::nullopt},
              {"4M", std::nullopt},
              {"-4", std::nullopt},
              {"18446744073709551615GiB", std::nullopt},
              {"", std::nullopt}};
  for (const auto& row : rows) EXPECT_EQ(parse_size(row.text), row.octets) << row.text;
  EXPECT_EQ(format_size(4194304), "4MiB");
  EXPECT_EQ(format_size(1000), "1000");
  EXPECT_EQ(format_size(0), "0");
}

}  // namespace
}  // namespace certconnector::config
