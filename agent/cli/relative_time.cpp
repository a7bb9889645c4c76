#include "agent/cli/relative_time.h"

#include <array>
#include <charconv>

#include "common/time/rfc3339.h"

namespace certconnector::cli {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kDay{24};
constexpr hours kYear{24 * 365};

std::string counted(std::int64_t count, const char* unit) {
  return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
}

std::string without_fraction(Timestamp time) {
  return to_rfc3339(std::chrono::floor<seconds>(time));
}

}  // namespace

std::string span(Duration duration) {
  if (duration < minutes(1)) return std::to_string(duration / seconds(1)) + "s";
  if (duration < hours(1)) return std::to_string(duration / minutes(1)) + "m";
  if (duration < 2 * kDay) return std::to_string(duration / hours(1)) + "h";
  if (duration < 2 * kYear) return counted(duration / kDay, "day");
  return counted(duration / kYear, "year");
}

std::string relative(Timestamp time, Timestamp now) {
  const Duration away = time < now ? now - time : time - now;
  if (away < seconds(1)) return "now";
  return time < now ? span(away) + " ago" : "in " + span(away);
}

std::string absolute(Timestamp time) {
  std::string text = without_fraction(time);
  text.replace(text.find('T'), 1, " ");
  text.replace(text.find('Z'), 1, " UTC");
  return text;
}

std::string date(Timestamp time) { return without_fraction(time).substr(0, 10); }

std::optional<Duration> parse_span(std::string_view text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, count);
  constexpr std::int64_t kMost = 1000000;
  if (parsed.ec != std::errc{} || count < 0 || count > kMost || end - parsed.ptr != 1) {
    return std::nullopt;
  }
  switch (*parsed.ptr) {
    case 's':
      return seconds(count);
    case 'm':
      return minutes(count);
    case 'h':
      return hours(count);
    case 'd':
      return count * kDay;
    default:
      return std::nullopt;
  }
}

std::optional<Timestamp> parse_time(std::string_view text, Timestamp now) {
  if (const auto time = from_rfc3339(text)) return time;
  const auto ago = parse_span(text);
  if (!ago) return std::nullopt;
  return now - *ago;
}

}  // namespace certconnector::cli
