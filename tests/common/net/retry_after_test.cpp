#include "common/net/retry_after.h"

#include <gtest/gtest.h>

#include "common/time/rfc3339.h"

namespace certconnector::net {
namespace {

constexpr Timestamp kNow = Timestamp(std::chrono::seconds(784111777));  // 1994-11-06T08:49:37Z

TEST(HttpDate, ReadsTheFixedForm) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kNow);
}

TEST(HttpDate, RefusesEverythingElse) {
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Foo 1994 08:49:37 GMT",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    EXPECT_FALSE(parse_http_date(text).has_value()) << text;
  }
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  struct Row {
    const char* text;
    std::optional<Duration> expected;
  };
  const Row rows[] = {
      {"0", Duration{0}},
      {"120", std::chrono::seconds(120)},
      {" 120 ", std::chrono::seconds(120)},
      {"3601", std::chrono::hours(1)},
      {"99999999999999999999", std::chrono::hours(1)},
      {"Sun, 06 Nov 1994 08:50:07 GMT", std::chrono::seconds(30)},
      {"Sun, 06 Nov 1994 08:49:00 GMT", Duration{0}},
      {"Sun, 06 Nov 2094 08:49:00 GMT", std::chrono::hours(1)},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"", std::nullopt},
      {"soon", std::nullopt},
  };
  for (const auto& row : rows)
    EXPECT_EQ(parse_retry_after(row.text, kNow), row.expected) << row.text;
}

}  // namespace
}  // namespace certconnector::net
