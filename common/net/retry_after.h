// Dates and waiting times in HTTP headers.
#pragma once

#include <optional>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector::net {

inline constexpr Duration kLongestRetryAfter{3600000};

// IMF-fixdate, RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". It reads no
// obsolete form.
[[nodiscard]] std::optional<Timestamp> parse_http_date(std::string_view text);

// Retry-After, RFC 9110 section 10.2.3: seconds, or a date that is compared with `now`. At most
// kLongestRetryAfter, never negative. Nothing when it is neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view text, Timestamp now);

}  // namespace certconnector::net
