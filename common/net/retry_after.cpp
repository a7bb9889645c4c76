#include "common/net/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/time/civil.h"

namespace certconnector::net {
namespace {

constexpr std::size_t kDateLength = 29;
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> number(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<Timestamp> parse_http_date(std::string_view text) {
  if (text.size() != kDateLength || text.substr(3, 2) != ", " || text.substr(25) != " GMT" ||
      text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const auto time = from_civil(
      {*year, static_cast<int>(month - kMonths.begin()) + 1, *day, *hour, *minute, *second});
  if (!time) return std::nullopt;
  return Timestamp(std::chrono::duration_cast<Duration>(*time));
}

std::optional<Duration> parse_retry_after(std::string_view text, Timestamp now) {
  const std::string_view value = trimmed(text);
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_digit)) {
    // More digits than an int has are more than the limit in any case.
    const auto seconds = number(value);
    if (!seconds) return kLongestRetryAfter;
    return std::min<Duration>(std::chrono::seconds(*seconds), kLongestRetryAfter);
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Duration{0}, kLongestRetryAfter);
}

}  // namespace certconnector::net
