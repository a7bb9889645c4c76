// Values with units, as people write them in a configuration file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::config {

// "250ms", "30s", "5m", "12h", "7d", "2w". Nothing without a unit, with a sign or fraction, or
// beyond 1000 years.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
// In the largest unit that divides it: 300 s is "5m", 0 is "0s".
[[nodiscard]] std::string format_duration(Duration duration);

// Octets: "4096", "64KiB", "4MiB", "1GiB". Nothing for other units, signs and fractions.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string format_size(std::uint64_t octets);

// Decimal digits alone.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

}  // namespace certconnector::config
