// Whether the machine's clock can be right: the pure rule (ADR 66).
#pragma once

#include <optional>

#include "common/time/clock.h"

namespace certconnector::jobs {

// From here on a person hears of it.
inline constexpr Duration kClockWarning = std::chrono::minutes(1);
// A clock that is further behind the newest stored time is wrong.
inline constexpr Duration kMostBehind = std::chrono::minutes(5);
// A clock that differs more from the endpoint's is wrong.
inline constexpr Duration kMostApart = std::chrono::hours(1);

struct ClockEvidence {
  Timestamp wall{};  // the machine's clock
  std::optional<Timestamp> newest_stored{};
  std::optional<Timestamp> endpoint{};  // the endpoint's clock at the same moment
};

enum class ClockStanding {
  right,
  differs,       // from the endpoint's, by more than kClockWarning
  behind,        // the newest stored time, by more than kClockWarning
  wrong,         // the endpoint's clock contradicts it
  wrong_behind,  // behind by more than kMostBehind, and no endpoint says that it is right
};

// A clock that agrees with the endpoint's, to kClockWarning, is right whatever is stored.
[[nodiscard]] ClockStanding judge(const ClockEvidence& evidence);
// How far two times are from each other.
[[nodiscard]] Duration apart(Timestamp a, Timestamp b);
[[nodiscard]] bool is_wrong(ClockStanding standing);
// The endpoint confirms the clock.
[[nodiscard]] bool is_confirmed(const ClockEvidence& evidence);

}  // namespace certconnector::jobs
