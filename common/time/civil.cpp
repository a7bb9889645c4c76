#include "common/time/civil.h"

#include <array>
#include <cstdint>

namespace certconnector {
namespace {

constexpr std::int64_t kDaySeconds = 86400;
constexpr std::int64_t kEraDays = 146097;     // days in 400 Gregorian years
constexpr std::int64_t kEpochShift = 719468;  // days from 0000-03-01 to 1970-01-01

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Years are counted from March, so that the leap day is a year's last day.
std::int64_t days_from_civil(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = floor_div(y, 400);
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kEraDays + day_of_era - kEpochShift;
}

}  // namespace

CivilTime to_civil(std::chrono::seconds since_epoch) {
  const std::int64_t days = floor_div(since_epoch.count(), kDaySeconds);
  const std::int64_t second_of_day = since_epoch.count() - days * kDaySeconds;
  const std::int64_t z = days + kEpochShift;
  const std::int64_t era = floor_div(z, kEraDays);
  const std::int64_t day_of_era = z - era * kEraDays;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  CivilTime t;
  t.year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  t.month = static_cast<int>(month);
  t.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  t.hour = static_cast<int>(second_of_day / 3600);
  t.minute = static_cast<int>(second_of_day / 60 % 60);
  t.second = static_cast<int>(second_of_day % 60);
  return t;
}

void append_digits(std::string& out, int part, std::size_t count) {
  std::array<char, 12> digits{};
  auto at = digits.size();
  auto rest = static_cast<unsigned>(part);
  while (at > 0 && (rest > 0 || digits.size() - at < count)) {
    digits[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  out.append(digits.data() + at, digits.size() - at);
}

std::optional<std::chrono::seconds> from_civil(const CivilTime& t) {
  const bool date_ok = t.year >= 1950 && t.year <= 9999 && t.month >= 1 && t.month <= 12 &&
                       t.day >= 1 && t.day <= days_in_month(t.year, t.month);
  const bool time_ok = t.hour >= 0 && t.hour <= 23 && t.minute >= 0 && t.minute <= 59 &&
                       t.second >= 0 && t.second <= 59;
  if (!date_ok || !time_ok) return std::nullopt;
  return std::chrono::seconds(days_from_civil(t.year, t.month, t.day) * kDaySeconds) +
         std::chrono::hours(t.hour) + std::chrono::minutes(t.minute) +
         std::chrono::seconds(t.second);
}

}  // namespace certconnector
