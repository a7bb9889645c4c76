// Timestamps as text, RFC 3339 section 5.6, always UTC: "2026-11-23T02:59:37.120Z".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/time/clock.h"

namespace certconnector {

// Milliseconds are written only when they are not zero.
[[nodiscard]] std::string to_rfc3339(Timestamp t);
// Always with milliseconds, so that the texts sort as the times do.
[[nodiscard]] std::string to_rfc3339_millis(Timestamp t);
// Accepts "Z" and numeric offsets, and up to nine digits of a fraction (cut to milliseconds); years
// 1970 to 9999.
[[nodiscard]] std::optional<Timestamp> from_rfc3339(std::string_view text);

}  // namespace certconnector
