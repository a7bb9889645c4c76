#include "common/time/rfc3339.h"

#include <gtest/gtest.h>

namespace certconnector {
namespace {

TEST(Rfc3339, WritesUtcAndMillisecondsOnlyWhenThereAreSome) {
  EXPECT_EQ(to_rfc3339(from_millis(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(from_millis(1795402777120)), "2026-11-23T02:59:37.120Z");
  EXPECT_EQ(to_rfc3339(from_millis(253402300799999)), "9999-12-31T23:59:59.999Z");
}

TEST(Rfc3339, MillisecondsThatAreAlwaysThereSort) {
  EXPECT_EQ(to_rfc3339_millis(from_millis(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339_millis(from_millis(1'700'000'000'004)), "2023-11-14T22:13:20.004Z");
}

TEST(Rfc3339, ReadsTheFormsOfTheStandard) {
  const std::pair<std::string_view, std::int64_t> accepted[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-23T02:59:37.120Z", 1795402777120},
      {"2026-11-23t02:59:37.12z", 1795402777120},
      {"2026-11-23T03:59:37.120+01:00", 1795402777120},
      {"2026-11-22T21:29:37.120-05:30", 1795402777120},
      {"2026-11-23T02:59:37.120999999Z", 1795402777120},
      {"2026-11-23T02:59:37-00:00", 1795402777000},
  };
  for (const auto& [text, millis] : accepted) {
    const auto parsed = from_rfc3339(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(to_millis(*parsed), millis) << text;
  }
}

TEST(Rfc3339, RefusesEverythingElse) {
  const std::string_view refused[] = {
      "",
      "2026-11-23",
      "2026-11-23T02:59:37",
      "2026-11-23 02:59:37Z",
      "2026-11-23T02:59Z",
      "2026-11-23T02:59:37.Z",
      "2026-11-23T02:59:37.1234567890Z",
      "2026-11-23T02:59:37,5Z",
      "2026-11-23T02:59:60Z",
      "2026-11-23T24:00:00Z",
      "2026-02-29T00:00:00Z",
      "2026-11-23T02:59:37Zx",
      " 2026-11-23T02:59:37Z",
      "2026-11-23T02:59:37+0100",
      "2026-11-23T02:59:37+01",
      "2026-11-23T02:59:37+24:00",
      "2026-11-23T02:59:37+01:60",
      "02026-11-23T02:59:37Z",
      "+026-11-23T02:59:37Z",
      "1969-12-31T23:59:59Z",
      "1970-01-01T00:00:00+00:01",
  };
  for (const std::string_view text : refused) EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
}

}  // namespace
}  // namespace certconnector
