// Times in words for people, and as people type them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::cli {

// "45s", "3m", "5h", "12 days", "3 years": one unit, rounded down.
[[nodiscard]] std::string span(Duration duration);
// "3m ago", or "in 12 days" for a time to come; "now" within a second.
[[nodiscard]] std::string relative(Timestamp time, Timestamp now);
// "2026-11-23 02:59:37 UTC".
[[nodiscard]] std::string absolute(Timestamp time);
// "2026-11-23".
[[nodiscard]] std::string date(Timestamp time);

// "90s", "30m", "2h", "7d". Nothing for anything else.
[[nodiscard]] std::optional<Duration> parse_span(std::string_view text);
// RFC 3339, or how long ago: "90s", "30m", "2h", "7d". Nothing for anything else.
[[nodiscard]] std::optional<Timestamp> parse_time(std::string_view text, Timestamp now);

}  // namespace certconnector::cli
