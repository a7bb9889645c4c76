// The measures of several checks.
#pragma once

#include <chrono>
#include <cstddef>

namespace certconnector::doctor {

// A certificate that expires within this time is worth a warning.
inline constexpr std::chrono::hours kExpiresSoon{24 * 30};
// Of one answer of the agent or of a web server.
inline constexpr std::chrono::seconds kPatience{15};
inline constexpr std::size_t kMaxCrl = 64UL * 1024 * 1024;  // octets

}  // namespace certconnector::doctor
