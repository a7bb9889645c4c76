#include "agent/config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace certconnector::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: formatting takes the first that divides.
constexpr std::array<Unit, 6> kDurationUnits{{{"w", 7ULL * 24 * 3600 * 1000},
                                              {"d", 24ULL * 3600 * 1000},
                                              {"h", 3600ULL * 1000},
                                              {"m", 60ULL * 1000},
                                              {"s", 1000},
                                              {"ms", 1}}};
constexpr std::array<Unit, 4> kSizeUnits{
    {{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"", 1}}};
constexpr std::uint64_t kLongest = 1000ULL * 366 * 24 * 3600 * 1000;

// Splits "30s" into 30 and "s"; nothing when it does not begin with a digit or the number is too
// large.
std::optional<std::pair<std::uint64_t, std::string_view>> split(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  return std::pair(number, text.substr(static_cast<std::size_t>(stop - text.data())));
}

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != parts->second) continue;
    if (parts->first > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
    return parts->first * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format(std::uint64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value % unit.factor == 0)
      return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto value = parse(text, kDurationUnits);
  if (!value || *value > kLongest) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*value));
}

std::string format_duration(Duration duration) {
  if (duration.count() == 0) return "0s";
  // 365d reads better than 52 weeks and a day, and 7d better than 1w.
  const auto value = static_cast<std::uint64_t>(duration.count());
  std::array<Unit, 5> units{};
  for (std::size_t i = 0; i < units.size(); ++i) units.at(i) = kDurationUnits.at(i + 1);
  return format(value, units);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse(text, kSizeUnits); }

std::string format_size(std::uint64_t octets) {
  return octets == 0 ? "0" : format(octets, kSizeUnits);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto parts = split(text);
  if (!parts || !parts->second.empty()) return std::nullopt;
  return parts->first;
}

}  // namespace certconnector::config
