#include "common/time/civil.h"

#include <gtest/gtest.h>

#include <ctime>

namespace certconnector {
namespace {

using std::chrono::seconds;

TEST(Civil, KnownInstants) {
  EXPECT_EQ(from_civil({1970, 1, 1, 0, 0, 0}), seconds(0));
  EXPECT_EQ(from_civil({2000, 2, 29, 12, 34, 56}), seconds(951827696));
  EXPECT_EQ(from_civil({2050, 1, 1, 0, 0, 0}), seconds(2524608000));
  EXPECT_EQ(from_civil({1950, 1, 1, 0, 0, 0}), seconds(-631152000));
  EXPECT_EQ(from_civil({9999, 12, 31, 23, 59, 59}), seconds(253402300799));
}

TEST(Civil, RoundTripsEveryDayOfTwoCenturiesLikeTheCLibrary) {
  constexpr std::int64_t kDay = 86400;
  for (std::int64_t t = -631152000; t < 5680281600; t += kDay + 1) {
    const CivilTime c = to_civil(seconds(t));
    const std::time_t native = t;
    const std::tm* known = std::gmtime(&native);
    if (known == nullptr && t < 0) continue;  // the C library of Windows begins in 1970
    ASSERT_NE(known, nullptr);
    const std::tm tm = *known;
    ASSERT_EQ(c.year, tm.tm_year + 1900) << t;
    ASSERT_EQ(c.month, tm.tm_mon + 1) << t;
    ASSERT_EQ(c.day, tm.tm_mday) << t;
    ASSERT_EQ(c.hour * 3600 + c.minute * 60 + c.second,
              tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec)
        << t;
    ASSERT_EQ(from_civil(c), seconds(t));
  }
}

TEST(Civil, WritesAPartWithAtLeastItsDigits) {
  std::string out;
  append_digits(out, 0, 2);
  append_digits(out, 7, 3);
  append_digits(out, 2026, 4);
  append_digits(out, 12345, 4);
  EXPECT_EQ(out, "00007202612345");
}

TEST(Civil, RefusesDatesThatDoNotExist) {
  const CivilTime refused[] = {
      {2023, 2, 29, 0, 0, 0},  {2100, 2, 29, 0, 0, 0}, {2024, 2, 30, 0, 0, 0},
      {2024, 4, 31, 0, 0, 0},  {2024, 0, 1, 0, 0, 0},  {2024, 13, 1, 0, 0, 0},
      {2024, 1, 0, 0, 0, 0},   {2024, 1, 32, 0, 0, 0}, {2024, 1, 1, 24, 0, 0},
      {2024, 1, 1, 0, 60, 0},  {2024, 1, 1, 0, 0, 60}, {2024, 1, 1, -1, 0, 0},
      {1949, 12, 31, 0, 0, 0}, {10000, 1, 1, 0, 0, 0},
  };
  for (const CivilTime& c : refused) {
    EXPECT_EQ(from_civil(c), std::nullopt) << c.year << '-' << c.month << '-' << c.day;
  }
}

}  // namespace
}  // namespace certconnector
