#include "agent/cli/relative_time.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace certconnector::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kNow = testing::FakeClock::kStart;

struct RelativeTimeRow {
  const char* text;
  Duration away;
};
class RelativeTime : public ::testing::TestWithParam<RelativeTimeRow> {};

TEST_P(RelativeTime, IsSaidInOneUnit) {
  EXPECT_EQ(relative(kNow + GetParam().away, kNow), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Times, RelativeTime,
                         ::testing::Values(RelativeTimeRow{"now", seconds(0)},
                                           RelativeTimeRow{"59s ago", -seconds(59)},
                                           RelativeTimeRow{"3m ago", -seconds(239)},
                                           RelativeTimeRow{"in 5h", hours(5)},
                                           RelativeTimeRow{"47h ago", -hours(47)},
                                           RelativeTimeRow{"in 2 days", hours(48)},
                                           RelativeTimeRow{"in 364 days", hours(24 * 364)},
                                           RelativeTimeRow{"in 9 years", hours(24 * 365 * 9)}));

TEST(RelativeTime, HasAnAbsoluteForm) {
  EXPECT_EQ(absolute(kNow + std::chrono::milliseconds(1500)), "2026-01-01 00:00:01 UTC");
  EXPECT_EQ(date(kNow), "2026-01-01");
}

TEST(RelativeTime, IsReadFromTheCommandLine) {
  EXPECT_EQ(parse_time("90s", kNow), kNow - seconds(90));
  EXPECT_EQ(parse_time("30m", kNow), kNow - minutes(30));
  EXPECT_EQ(parse_time("2h", kNow), kNow - hours(2));
  EXPECT_EQ(parse_time("7d", kNow), kNow - hours(24 * 7));
  EXPECT_EQ(parse_time("2026-01-01T00:00:00Z", kNow), kNow);
  for (const char* bad : {"", "h", "7", "7w", "-7d", "7dd", "1.5h", "yesterday", "9999999d"}) {
    EXPECT_FALSE(parse_time(bad, kNow).has_value()) << bad;
  }
}

}  // namespace
}  // namespace certconnector::cli
