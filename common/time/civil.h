// Seconds since 1970 to and from the proleptic Gregorian calendar, UTC, without the C library's
// locale and zones.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace certconnector {

struct CivilTime {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31
  int hour = 0;
  int minute = 0;
  int second = 0;
};

[[nodiscard]] CivilTime to_civil(std::chrono::seconds since_epoch);
// A part of it, which is not negative, as text: at least `count` digits (at most 12), with zeros
// before them. Every job writes some times, and the C library's formats cost ten times as much.
void append_digits(std::string& out, int part, std::size_t count);
// Nothing for a date or time that does not exist (a leap second counts as such) or years before
// 1950 or after 9999.
[[nodiscard]] std::optional<std::chrono::seconds> from_civil(const CivilTime& t);

}  // namespace certconnector
