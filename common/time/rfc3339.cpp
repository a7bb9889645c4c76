#include "common/time/rfc3339.h"

#include "common/time/civil.h"

namespace certconnector {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  bool literal(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // The digits behind the point, as milliseconds; nothing for none or more than nine.
  std::optional<int> fraction() {
    int millis = 0;
    int scale = 100;
    std::size_t count = 0;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      millis += (rest_[count] - '0') * scale;
      scale /= 10;
      ++count;
    }
    if (count == 0 || count > 9) return std::nullopt;
    rest_.remove_prefix(count);
    return millis;
  }

 private:
  std::string_view rest_;
};

std::optional<CivilTime> read_date_time(Cursor& in) {
  CivilTime t;
  const auto year = in.digits(4);
  if (!year || !in.literal('-')) return std::nullopt;
  const auto month = in.digits(2);
  if (!month || !in.literal('-')) return std::nullopt;
  const auto day = in.digits(2);
  if (!day || !(in.literal('T') || in.literal('t'))) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || !in.literal(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || !in.literal(':')) return std::nullopt;
  const auto second = in.digits(2);
  if (!second) return std::nullopt;
  t = {*year, *month, *day, *hour, *minute, *second};
  return t;
}

std::optional<std::chrono::minutes> read_offset(Cursor& in) {
  if (in.literal('Z') || in.literal('z')) return std::chrono::minutes(0);
  const bool east = in.literal('+');
  if (!east && !in.literal('-')) return std::nullopt;
  const auto hour = in.digits(2);
  if (!hour || *hour > 23 || !in.literal(':')) return std::nullopt;
  const auto minute = in.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  const std::chrono::minutes offset(*hour * 60 + *minute);
  return east ? offset : -offset;
}

void append_part(std::string& out, char before, int part) {
  out += before;
  append_digits(out, part, 2);
}

std::string date_time_of(Timestamp t) {
  const CivilTime c = to_civil(std::chrono::floor<std::chrono::seconds>(t).time_since_epoch());
  std::string out;
  out.reserve(32);
  append_digits(out, c.year, 4);
  append_part(out, '-', c.month);
  append_part(out, '-', c.day);
  append_part(out, 'T', c.hour);
  append_part(out, ':', c.minute);
  append_part(out, ':', c.second);
  return out;
}

std::string with_fraction(std::string date_time, Timestamp t) {
  date_time += '.';
  const Duration fraction = t - std::chrono::floor<std::chrono::seconds>(t);
  append_digits(date_time, static_cast<int>(fraction.count()), 3);
  return date_time;
}

}  // namespace

std::string to_rfc3339(Timestamp t) {
  const bool whole = t == std::chrono::floor<std::chrono::seconds>(t);
  std::string text = whole ? date_time_of(t) : with_fraction(date_time_of(t), t);
  text += 'Z';
  return text;
}

std::string to_rfc3339_millis(Timestamp t) {
  std::string text = with_fraction(date_time_of(t), t);
  text += 'Z';
  return text;
}

std::optional<Timestamp> from_rfc3339(std::string_view text) {
  Cursor in(text);
  const auto civil = read_date_time(in);
  if (!civil) return std::nullopt;
  const auto seconds = from_civil(*civil);
  if (!seconds) return std::nullopt;
  int millis = 0;
  if (in.literal('.')) {
    const auto fraction = in.fraction();
    if (!fraction) return std::nullopt;
    millis = *fraction;
  }
  const auto offset = read_offset(in);
  if (!offset || !in.done()) return std::nullopt;
  const Timestamp t(Duration(*seconds) + Duration(millis) - Duration(*offset));
  if (t < Timestamp()) return std::nullopt;
  return t;
}

}  // namespace certconnector
